"""The subjects of a run: lower limits, peers and our site, with their servers started."""

import sys
from collections import Counter

from benchmarks import bare_answers, limit, steady
from benchmarks.machine import PEERS_PYTHON
from benchmarks.servers import Answer, Running, Server, Servers
from benchmarks.subjects import BARE, QUICK, Subject, ours, ours_all, peers

FILE = "feed.json"


def chosen(
    servers: Servers, *, only: str = "", quick: bool = False
) -> tuple[list[Subject], dict[str, str]]:
    """Return the subjects with `only` in their name, and the reasons why others are left out.

    The bare callable is always included. `quick` includes only some subjects, and none that needs
    additional packages.
    """
    site = servers.start(ours()).wait()
    subjects = [*peers(), *_ours(site, servers)]
    wanted = [item for item in subjects if only.lower() in f"{item.group} {item.name}".lower()]
    left_out: dict[str, str] = {}
    if quick:
        left_out = {item.name: "quick run" for item in wanted if item.name not in QUICK}
    elif not PEERS_PYTHON.exists():
        reason = "it needs additional packages: `make bench` installs them"
        left_out = {item.name: reason for item in wanted if item.server.extra_packages}
    wanted = [item for item in wanted if item.name not in left_out]
    if not wanted and only not in "limit nginx":
        sys.exit(f"No shape or subject has {only!r} in its name; see --list.")
    file = only.lower() in "limit nginx"
    subjects = [*_limits(wanted, site, servers, file=file, quick=quick), *wanted]
    for subject in subjects:
        servers.start(subject.server)
    return subjects, left_out


def _ours(site: Running, servers: Servers) -> list[Subject]:
    newest = servers.environment.reference()["posts"][0]
    found = ours_all(
        servers.environment,
        etag=site.ask("/api/feed/").headers["ETag"],
        author=newest["user"]["username"],
        post_id=newest["id"],
        tag=_most_used_tag(),
    )
    nginx = Server(name="ours-nginx", kind="nginx", upstream=site)
    behind = Subject(name="JSON, behind nginx", group="ours", server=nginx, path="/api/feed/")
    return [*found, behind]


def _most_used_tag() -> str:
    from posts.models import Post
    from posts.text import hashtags

    texts = Post.objects.values_list("content", flat=True)
    return Counter(tag for text in texts for tag in hashtags(text)).most_common(1)[0][0]


def _limits(
    wanted: list[Subject], site: Running, servers: Servers, *, file: bool, quick: bool
) -> list[Subject]:
    """Return the bare callable, and one with the same answer for each subject other than JSON."""
    json_answer = site.ask("/api/feed/")
    answers: dict[str, Answer] = {"/json": json_answer}
    others = [item for item in wanted if item.bare_at and item.bare_at != "/json"]
    for item in others:
        answers[item.bare_at] = site.ask(item.path, item.headers, item.method)
    path = servers.environment.directory / "answers.json"
    bare_answers.write(path, answers)
    server = limit.best(servers, path, connections=steady.CONNECTIONS, quick=quick)
    subjects = [Subject(name=BARE, group="limit", server=server, path="/json")]
    subjects += [
        Subject(
            name=f"{BARE}, {item.bare_at.strip('/')}",
            group="limit",
            server=server,
            path=item.bare_at,
            expected=item.expected,
            method=item.method,
        )
        for item in others
    ]
    if file:
        (servers.environment.directory / FILE).write_bytes(json_answer.body)
        nginx = Server(name="nginx", kind="nginx", target=FILE)
        subjects.append(Subject(name="nginx, a file", group="limit", server=nginx, path="/"))
    return subjects
