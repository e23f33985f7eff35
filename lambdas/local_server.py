"""Run the three functions in one process, connected as they are deployed.

`python -m lambdas.local_server PORT [HOST]`. Without HOST, the server listens on loopback only.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from syncline.aws import clients, settings
from syncline.local.event_source import EventSource
from syncline.local.function_url import FunctionUrlServer
from syncline.processes.parent_death import exit_with_parent


def main(port: str, host: str = "127.0.0.1") -> None:
    exit_with_parent()
    from lambdas import dead_letters, reception, status

    chosen = settings.read(os.environ)
    handlers = {
        "ingest_queue": reception.handler,
        "live_dead_letters": dead_letters.handler,
        "bulk_dead_letters": dead_letters.handler,
    }
    sources = [EventSource(clients.client("sqs"), chosen.need(name), name, do) for name, do in handlers.items()]
    stop = threading.Event()
    for source in sources:
        threading.Thread(target=source.run_until, args=(stop,), name=source.function_name, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    FunctionUrlServer(status.handler, port=int(port), function_name="status", host=host).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
