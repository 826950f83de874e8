"""The API of posts, comments, likes and tokens; it reads the database, not the cache."""
