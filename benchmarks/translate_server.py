"""The translation server under the stress test of a published M2M100 service, and what its shared batches are worth.

    python -m benchmarks.translate_server [--work FOLDER] [--threads 1]        (make bench-translate)

100 requests, one every 0.5, 0.1 and 0.01 seconds, of 1 record and of 16, over HTTP, whether the ones before have been
answered or not. Then the hardest two again without shared batches: record by record, and request by
request. M2M100 418M with random weights and a fixed output length; everything else is the server as it runs.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import urllib3

from benchmarks import report
from benchmarks.random_m2m100 import CONVERTED, make

ROOT = Path(__file__).resolve().parent.parent
OUTPUT_TOKENS = 14  # as many as the source has
SHARED, ONE_BY_ONE, BY_REQUEST = "shared batches", "record by record", "request by request"
SCENARIOS = (
    (SHARED, 1, 0.5),
    (SHARED, 1, 0.1),
    (SHARED, 1, 0.01),
    (ONE_BY_ONE, 1, 0.01),
    (SHARED, 16, 0.5),
    (SHARED, 16, 0.1),
    (SHARED, 16, 0.01),
    (BY_REQUEST, 16, 0.01),
)
TARGETS = ((1, ONE_BY_ONE, 5.0), (16, BY_REQUEST, 1.5))
HARDEST = 0.01


def serve(how: str, work: Path, port: int, threads: int) -> None:
    import uvicorn

    from syncline.core.errors import ModelMissingError
    from syncline.models.installed import locate
    from syncline.translation import model as decoding
    from syncline.translation.requests import Limits
    from syncline.translation.server import create_app
    from syncline.translation.service import TranslationService

    class FixedLength(decoding.TranslationModel):
        """Does the work of a translation of that length, and then returns a text that passes the quality checks."""

        def decoding_cap(self, tokens):
            return OUTPUT_TOKENS

        def decode(self, inputs, options=decoding.DEFAULT_DECODING, progress=lambda share: None):
            super().decode(inputs, replace(options, min_decoding_length=OUTPUT_TOKENS), progress)
            return [self.tokenise("La vie est comme une boîte de chocolats.")] * len(inputs)

    class OneByOne(TranslationService):
        def _take(self, share):
            return super()._take(1)

    class ByRequest(TranslationService):
        def _take(self, share):
            first = self._waiting[0].request if self._waiting else None
            own = sum(1 for record in self._waiting if record.request is first)
            taken = []
            for _ in range(own):
                taken += super()._take(1)
            return taken

    service = {SHARED: TranslationService, ONE_BY_ONE: OneByOne, BY_REQUEST: ByRequest}[how]
    model = FixedLength(locate(CONVERTED, work), threads=threads)
    app = create_app(
        lambda count_batch: service(model, max_queued=4096, on_batch=count_batch),
        limits=Limits(),
        deadline_seconds=3600.0,
        answerer=ModelMissingError("The benchmark asks no questions."),
    )
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", backlog=2048)


@dataclass(frozen=True)
class Outcome:
    how: str
    records: int
    every: float
    sent: int
    answered: int
    seconds: float
    cpu_seconds: float
    latencies: list[float]

    @property
    def records_per_second(self) -> float:
        return self.answered * self.records / self.seconds

    @property
    def records_per_cpu_second(self) -> float:
        return self.answered * self.records / self.cpu_seconds

    def columns(self) -> dict[str, Any]:
        cuts = statistics.quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        return {
            "records": self.records,
            "every": self.every,
            "how": self.how,
            "answered": report.share(self.answered, self.sent),
            "rate": self.records_per_second,
            "cpu_rate": self.records_per_cpu_second,
            "p50": cuts[49],
            "p95": cuts[94],
            "p99": cuts[98],
        }


def stress(port: int, pid: int, *, how: str, requests: int, records: int, every: float) -> Outcome:
    http = urllib3.PoolManager(maxsize=requests, retries=False, timeout=3600)
    latencies: list[float] = []

    def ask(number: int) -> None:
        content = [
            {"id": str(i), "text": f"Life {number * records + i} is like a box of chocolates."} for i in range(records)
        ]
        body = json.dumps({"payload": {"fromLang": "en", "toLang": "fr", "records": content}})
        started = time.monotonic()
        answer = http.request("POST", f"http://127.0.0.1:{port}/translation", body=body)
        if answer.status == 200 and len(answer.json()["result"]) == records:
            latencies.append(time.monotonic() - started)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(requests)]
    started, cpu = time.monotonic(), cpu_seconds(pid)
    for number, thread in enumerate(threads):
        time.sleep(max(0.0, started + number * every - time.monotonic()))
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(
        how,
        records,
        every,
        requests,
        len(latencies),
        time.monotonic() - started,
        cpu_seconds(pid) - cpu,
        sorted(latencies),
    )


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(how: str, records: int, every: float, *, requests: int, work: Path, threads: int) -> Outcome:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--serve", how, "--port", str(port), "--work", str(work), "--threads", str(threads)]
    with subprocess.Popen([sys.executable, "-m", "benchmarks.translate_server", *arguments]) as server:
        try:
            wait_for(port)
            return stress(port, server.pid, how=how, requests=requests, records=records, every=every)
        finally:
            server.terminate()


def loaded_mib(work: Path, threads: int) -> float:
    """Resident memory of a process that has loaded the model for so many decoders."""
    program = (
        "import sys; from pathlib import Path; from syncline.models.installed import locate; "
        "from syncline.translation.model import TranslationModel; from benchmarks.random_m2m100 import CONVERTED; "
        "model = TranslationModel(locate(CONVERTED, Path(sys.argv[1])), threads=int(sys.argv[2])); "
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    )
    arguments = [sys.executable, "-c", program, str(work), str(threads)]
    return int(subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout) / 1024


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("The server did not start.")


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "syncline-bench-translate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--requests", type=int, default=100, help="fewer for a quick look")
    parser.add_argument("--serve", choices=(SHARED, ONE_BY_ONE, BY_REQUEST), help="serve in this process")
    parser.add_argument("--port", type=int, help="of the server")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.work, arguments.port, arguments.threads)
        return
    make(arguments.work)
    with report.measuring("translate-server", arguments, packages=["ctranslate2", "uvicorn"]) as result:
        outcomes = {}
        for how, records, every in SCENARIOS:
            outcomes[how, records, every] = run(
                how, records, every, requests=arguments.requests, work=arguments.work, threads=arguments.threads
            )
            result.add("load", **outcomes[how, records, every].columns())
        for count in (1, 4):
            result.add("memory", decoders=count, mebibytes=loaded_mib(arguments.work, count))
        for records, other, target in TARGETS:
            shared, plain = outcomes[SHARED, records, HARDEST], outcomes[other, records, HARDEST]
            result.add(
                "gain", records=records, other=other, target=target,
                gain=shared.records_per_second / plain.records_per_second,
                cpu_gain=shared.records_per_cpu_second / plain.records_per_cpu_second,
            )  # fmt: skip


if __name__ == "__main__":
    main()
