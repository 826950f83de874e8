"""Answers for the bare callable: exact copies of our site's answers."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.servers import Answer

# Headers that the server adds to each answer, also to those of the bare callable.
SERVER_HEADERS = {"date", "server", "connection", "transfer-encoding", "keep-alive"}


def write(path: Path, answers: Mapping[str, Answer]) -> None:
    """Write the answers, by path, to the file that `benchmarks.peers.bare` reads."""
    encoded = {
        request_path: {
            "status": f"{answer.status} {answer.reason}",
            "headers": [
                pair for pair in answer.headers.items() if pair[0].lower() not in SERVER_HEADERS
            ],
            "body": base64.b64encode(answer.body).decode(),
        }
        for request_path, answer in answers.items()
    }
    path.write_text(json.dumps(encoded))
