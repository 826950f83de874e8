"""Who takes part in a run: the limits, the peers and ours, on servers that are already starting."""

import sys

from benchmarks import limits
from benchmarks.machine import PEERS_PYTHON
from benchmarks.servers import Answer, Running, Server, Servers
from benchmarks.subjects import BARE, QUICK, Subject, ours, ours_all, peers

FILE = "feed.json"


def chosen(
    servers: Servers, *, only: str = "", quick: bool = False
) -> tuple[list[Subject], dict[str, str]]:
    """The subjects whose name holds the word, and the bare callable; why others can't be had.

    `quick`: only some, and none whose server has packages of its own.
    """
    site = servers.start(ours()).wait()
    own = _ours(site, servers)
    wanted = [one for one in [*peers(), *own] if only.lower() in f"{one.group} {one.name}".lower()]
    left_out: dict[str, str] = {}
    if quick:
        left_out = {one.name: "this was a quick run" for one in wanted if one.name not in QUICK}
    elif not PEERS_PYTHON.exists():
        reason = "it takes packages of its own: `make bench` installs them"
        left_out = {one.name: reason for one in wanted if one.server.own_packages}
    wanted = [one for one in wanted if one.name not in left_out]
    if not wanted and only not in "limit nginx":
        sys.exit(f"Nothing to measure is called {only!r}; see --list.")
    subjects = [*_limits(wanted, site, servers, file=only.lower() in "limit nginx"), *wanted]
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
    )
    nginx = Server(name="ours-nginx", kind="nginx", of=site)
    behind = Subject(name="JSON, behind nginx", group="ours", server=nginx, path="/api/feed/")
    return [*found, behind]


def _limits(wanted: list[Subject], site: Running, servers: Servers, *, file: bool) -> list[Subject]:
    """The bare callable, and a twin of it for each subject that has another answer than JSON."""
    json_answer = site.ask("/api/feed/")
    answers: dict[str, Answer] = {"/json": json_answer}
    twins = [one for one in wanted if one.bare_at and one.bare_at != "/json"]
    for one in twins:
        answers[one.bare_at] = site.ask(one.path, one.headers, one.method)
    path = servers.environment.directory / "answers.json"
    limits.write(path, answers)
    target, env = "benchmarks.peers.bare:application", {"BENCH_ANSWERS": str(path)}
    server = Server(name="bare", kind="wsgi", target=target, env=env)
    subjects = [Subject(name=BARE, group="limit", server=server, path="/json")]
    subjects += [
        Subject(
            name=f"{BARE}, {one.bare_at.strip('/')}",
            group="limit",
            server=server,
            path=one.bare_at,
            expected=one.expected,
            method=one.method,
        )
        for one in twins
    ]
    if file:
        (servers.environment.directory / FILE).write_bytes(json_answer.body)
        nginx = Server(name="nginx", kind="nginx", target=FILE)
        subjects.append(Subject(name="nginx, a file", group="limit", server=nginx, path="/"))
    return subjects
