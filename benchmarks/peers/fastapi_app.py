"""The feed in FastAPI: cache-aside over redis.asyncio (BENCH_POOL_SIZE connections) and psycopg.

Written by hand, as tutorials do. `test_fastapi_peer_answers_with_the_same_fields` compares the
fields of a post with those of the site.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio as redis
from fastapi import FastAPI, Response
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

TTL_SECONDS = 30
KEY = "feed"
PAGE = """
    SELECT p.id, p.content, p.content_warning, p.image_alt,
           p.image_url, p.image, p.image_width, p.image_height, p.more_images,
           p.created_at, p.updated_at, u.id AS user_id, u.username, u.display_name, u.picture,
           (SELECT count(*) FROM posts_like l WHERE l.post_id = p.id) AS likes_count,
           (SELECT count(*) FROM posts_comment c JOIN posts_user w ON w.id = c.author_id
             WHERE c.post_id = p.id AND w.is_active) AS comments_count
      FROM posts_post p JOIN posts_user u ON u.id = p.author_id
     WHERE u.is_active ORDER BY p.created_at DESC, p.id DESC LIMIT 20
"""

database = AsyncConnectionPool(os.environ["DATABASE_URL"], max_size=10, open=False)
cache = redis.Redis(
    connection_pool=redis.ConnectionPool.from_url(
        os.environ["REDIS_URL"],
        max_connections=int(os.environ["BENCH_POOL_SIZE"]),
        decode_responses=True,
    )
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await database.open()
    yield
    await database.close()
    await cache.aclose()


app = FastAPI(lifespan=lifespan)


class User(BaseModel):
    id: str
    username: str
    display_name: str
    avatar_url: str | None


class Image(BaseModel):
    url: str
    alt: str
    width: int | None
    height: int | None


class Post(BaseModel):
    id: str
    content: str
    content_warning: str
    user: User
    user_id: str
    image_url: str | None
    image_alt: str
    image_width: int | None
    image_height: int | None
    images: list[Image]
    created_at: str
    updated_at: str
    edited: bool
    likes_count: int
    comments_count: int
    url: str


class Page(BaseModel):
    posts: list[Post]


@app.get("/feed-model")
async def feed_model() -> Page:
    """Answer with a declared model, which checks the answer and describes it in the schema."""
    found = await cache.get(KEY)
    return Page.model_validate(json.loads(found) if found else await load_and_store())


@app.get("/feed")
async def feed() -> dict[str, Any]:
    """Answer as tutorials do: parse the JSON of Redis, return it, and serialize it again."""
    if found := await cache.get(KEY):
        page: dict[str, Any] = json.loads(found)
        return page
    return await load_and_store()


@app.get("/feed-bytes")
async def feed_bytes() -> Response:
    """Answer in the fastest way: with the bytes of Redis."""
    found = await cache.get(KEY) or json.dumps(await load_and_store())
    return Response(found, media_type="application/json")


async def load_and_store() -> dict[str, Any]:
    async with database.connection() as connection:
        rows = await connection.cursor(row_factory=dict_row).execute(PAGE)
        page = {"posts": [post_json(row) async for row in rows]}
    await cache.set(KEY, json.dumps(page), ex=TTL_SECONDS)
    return page


def post_json(row: dict[str, Any]) -> dict[str, Any]:
    user = {
        "id": str(row["user_id"]),
        "username": row["username"],
        "display_name": row["display_name"] or row["username"],
        "avatar_url": f"/media/{row['picture']}" if row["picture"] else None,
    }
    image_url = f"/media/{row['image']}" if row["image"] else row["image_url"] or None
    size = {"width": row["image_width"], "height": row["image_height"]}
    first = [{"url": image_url, "alt": row["image_alt"], **size}] if image_url else []
    return {
        "id": str(row["id"]),
        "content": row["content"],
        "content_warning": row["content_warning"],
        "user": user,
        "user_id": user["id"],
        "image_url": image_url,
        "image_alt": row["image_alt"],
        "image_width": row["image_width"],
        "image_height": row["image_height"],
        "images": [*first, *map(image_json, row["more_images"])],
        "created_at": f"{row['created_at']:%Y-%m-%dT%H:%M:%S.%fZ}",
        "updated_at": f"{row['updated_at']:%Y-%m-%dT%H:%M:%S.%fZ}",
        "edited": row["updated_at"] > row["created_at"],
        "likes_count": row["likes_count"],
        "comments_count": row["comments_count"],
        "url": f"/posts/{row['id']}/",
    }


def image_json(image: dict[str, Any]) -> dict[str, Any]:
    shown = {name: image[name] for name in ("alt", "width", "height")}
    return {"url": f"/media/{image['name']}", **shown}
