"""The tests' stand-in worker, which also measures its own CPU time by kind of work: for benchmarks.worker.

`counted_worker.py FILE` writes CPU seconds by kind into FILE, as JSON, twice a second. It measures the CPU time of the
calling threads, so nothing is counted twice.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from botocore.client import BaseClient

from syncline.pipeline import processing
from tests import standin_worker

KINDS = ("s3", "dynamodb", "sqs", "decoding")


class Costs:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seconds: Counter[str] = Counter()

    def counted(self, kind_of: Callable[..., str], work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return work(*arguments, **named)
            finally:
                with self._lock:
                    self._seconds[kind_of(*arguments)] += time.thread_time() - began

        return count

    def write_forever(self) -> None:
        while True:
            with self._lock:
                seconds = {kind: self._seconds[kind] for kind in KINDS}
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(seconds))
            fresh.replace(self._path)
            time.sleep(0.5)


def main() -> int:
    costs = Costs(Path(sys.argv[1]))
    BaseClient._make_api_call = costs.counted(
        lambda client, *_: client.meta.service_model.service_name, BaseClient._make_api_call
    )
    processing.decode_recording = costs.counted(lambda *_: "decoding", processing.decode_recording)
    threading.Thread(target=costs.write_forever, daemon=True).start()
    return standin_worker.main()


if __name__ == "__main__":
    sys.exit(main())
