"""Open a transcript of 30,000 words on its page in Chromium: time to open, frames while scrolling, time for a key.

    python -m benchmarks.page        # make bench-page

The recording is short; only its alignment.json is long, so the worker's speed plays no part. Times are wall times of
this machine: run it alone.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import report
from tests.e2e.browser import Browser, chromium
from tests.e2e.conftest import SAMPLES, Stack, start_local, stop_local
from tests.e2e.long_text import WORDS, long_alignment

KEY = "uploads/bench/long"
RUNS = 5

_SCROLL = """
const [done, frames] = [arguments[0], []];
const [height, seconds] = [document.body.scrollHeight, 3];
let [begin, last] = [null, null];
const step = (now) => {
  begin ??= now;
  if (last !== null) frames.push(now - last);
  last = now;
  scrollTo({ top: (height * (now - begin)) / (1000 * seconds), behavior: "instant" });
  if (now - begin < 1000 * seconds) requestAnimationFrame(step);
  else done(frames);
};
requestAnimationFrame(step);
"""
# From a key to the next frame that was painted after it.
_KEY = """
const done = arguments[0];
const begin = performance.now();
document.execCommand("insertText", false, "x");
requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
"""


def prepare(browser: Browser, folder: Path) -> str:
    alignment = long_alignment()
    (folder / "long.json").write_text(json.dumps(alignment), encoding="utf-8")
    for suffix in (".txt", ".wav"):
        browser.stack.drop(SAMPLES / f"hello{suffix}", KEY + suffix)
    job = browser.stack.settled(f"{KEY}.wav")
    browser.stack.drop(folder / "long.json", "results/bench/long.wav/alignment.json")
    return f"/jobs/{job['job_id']}"


def opened(browser: Browser, address: str) -> float:
    """Seconds from the navigation until all words are there and a frame was painted."""
    browser.open(address)
    ready: Any = browser.driver.execute_async_script(
        """
        const done = arguments[1];
        const look = () => document.querySelectorAll(".word").length === arguments[0]
          ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : setTimeout(look, 5);
        look();
        """,
        WORDS,
    )
    return float(ready) / 1000


def edited(browser: Browser, alignment: dict[str, Any]) -> list[float]:
    """Open the editor with a draft of the long text, and type into it."""
    text = alignment["transcript"]
    browser.run(
        "const { address, revision } = document.getElementById('job').dataset;"
        "localStorage.setItem(`syncline.text.${address.split('/').pop()}.${revision}`, arguments[0])",
        text,
    )
    browser.driver.refresh()
    browser.wait(lambda: browser.all(".editor"))
    browser.run("getSelection().collapse(document.querySelector('.editor .line').firstChild, 40)")
    return [float(browser.driver.execute_async_script(_KEY)) for _ in range(20)]


def measure(stack: Stack) -> dict[str, float]:
    with chromium() as driver, TemporaryDirectory() as folder:
        browser = Browser(driver, stack)
        driver.get(stack.description["page"])
        browser.wait(lambda: browser.text("h1") == "Jobs")
        address = prepare(browser, Path(folder))
        times = [opened(browser, address) for _ in range(RUNS)]
        frames = sorted(driver.execute_async_script(_SCROLL))
        keys = edited(browser, long_alignment())
        browser.run("localStorage.clear()")
    return {
        "open": statistics.median(times),
        "open_slowest": max(times),
        "frame": statistics.median(frames),
        "frame_p95": frames[int(len(frames) * 0.95)],
        "key": statistics.median(keys),
        "key_slowest": max(keys),
    }


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    with report.measuring("page", arguments, packages=["selenium"]) as result:
        stack = start_local("--workers", "1")
        try:
            result.add("page", words=WORDS, **measure(stack))
        finally:
            stop_local(stack)


if __name__ == "__main__":
    main()
