"""Run the handlers of an unpacked zip in a separate process, as Lambda does: only the zip and boto3 are importable.

    python -I -S function_in_zip.py FOLDER RUNTIME FD

Each line of stdin is a JSON object {"handler", "event"}. The answer is a line of JSON on file descriptor FD, because
the functions write their logs to stdout.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any


class Context:
    """The context object of an invocation, with AWS's names."""

    memory_limit_in_mb = 512
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self, name: str, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self.function_name = name
        self.invoked_function_arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(1000 * (self._ends_at - time.monotonic())))


def call(handler: str, event: dict[str, Any], seconds: float) -> dict[str, Any]:
    module, _, name = handler.rpartition(".")
    try:
        return {"answer": getattr(importlib.import_module(module), name)(event, Context(module, seconds))}
    except Exception:
        return {"error": traceback.format_exc()}


def main(folder: str, runtime: str, answers: int) -> None:
    sys.path[:0] = [folder, runtime]
    with os.fdopen(answers, "w") as out:
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(call(asked["handler"], asked["event"], asked.get("seconds", 30))), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
