"""The bare callable's answers: those of ours, byte for byte and header for header."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.servers import Answer

# The server itself writes these on every answer, a bare callable's included.
OF_THE_SERVER = {"date", "server", "connection", "transfer-encoding", "keep-alive"}


def write(path: Path, answers: Mapping[str, Answer]) -> None:
    """Keep the answers for `benchmarks.peers.bare`, by the path it gives each at."""
    kept = {
        at: {
            "status": f"{answer.status} {answer.reason}",
            "headers": [
                pair for pair in answer.headers.items() if pair[0].lower() not in OF_THE_SERVER
            ],
            "body": base64.b64encode(answer.body).decode(),
        }
        for at, answer in answers.items()
    }
    path.write_text(json.dumps(kept))
