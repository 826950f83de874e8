"""The lower limit of cost: a WSGI callable with fixed answers. No application here is faster.

Its answers are exact copies of our site's (see `benchmarks.bare_answers`).
"""

import base64
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Answer = tuple[str, list[tuple[str, str]], list[bytes]]

ANSWERS: dict[str, Answer] = {
    path: (
        answer["status"],
        [(name, value) for name, value in answer["headers"]],
        [base64.b64decode(answer["body"])],
    )
    for path, answer in json.loads(Path(os.environ["BENCH_ANSWERS"]).read_text()).items()
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, headers, body = ANSWERS[environ["PATH_INFO"]]
    start_response(status, headers)
    return body
