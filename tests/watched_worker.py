"""A real worker that also measures how long its threads wait for Python's interpreter lock.

`watched_worker.py FILE` writes into FILE, as JSON, the longest time in seconds that a thread was kept from running
although it was due, and what the other threads were doing then. It begins again when the file is deleted. The thread
does what the heartbeat does, only more often: it waits for its next turn. Of a delay, the time in which the thread
waited for a core does not count, and only as much as this process computed meanwhile: a busy machine must not look like
a blocked interpreter.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from worker.__main__ import main

TICK_SECONDS = 0.01


def watch(path: Path) -> None:
    longest, doing = 0.0, ""
    with contextlib.suppress(PermissionError):  # Root measures well on a busy machine, too.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
    while True:
        began, computed = time.monotonic(), time.process_time()
        time.sleep(TICK_SECONDS)
        late = time.monotonic() - began - TICK_SECONDS
        blocked = min(late, time.process_time() - computed)
        if not path.exists():
            longest, doing = 0.0, ""
        if blocked > longest or not path.exists():
            longest, doing = blocked, _stacks()
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps({"seconds": longest, "doing": doing}))
            fresh.replace(path)


def _stacks() -> str:
    own = threading.get_ident()
    found = (traceback.format_stack(frame, limit=6) for ident, frame in sys._current_frames().items() if ident != own)
    return "\n\n".join("".join(lines) for lines in found)


if __name__ == "__main__":
    threading.Thread(target=watch, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.exit(main(sys.argv[2:]))
