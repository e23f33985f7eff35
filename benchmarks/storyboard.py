"""The cost of storyboards: CPU seconds and memory of the decoder, and bytes of the pictures.

    python -m benchmarks.storyboard [--seconds 60]        (make bench-storyboard)

The videos are a moving test picture with the noise of a camera, in usual sizes and codecs. A sentence starts every six
seconds, so the decoder has to decode nearly everything. In the last row a sentence starts every thirty seconds, so it
can jump.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from syncline.core.sentences import Sentence
from syncline.media import ffmpeg_binary
from syncline.pipeline.storyboard import make_storyboard

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-g", "150")


@dataclass(frozen=True)
class Case:
    name: str
    size: str
    encoding: tuple[str, ...]
    every: int = 6  # seconds between sentences


CASES = (
    Case("H.264, 1280 x 720, 30 per second", "1280x720", X264),
    Case("H.264, 1920 x 1080, 30 per second", "1920x1080", X264),
    Case(
        "VP9, 1280 x 720, 30 per second", "1280x720",
        ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1500k", "-g", "150"),
    ),
    Case("H.264, 3840 x 2160, 30 per second", "3840x2160", X264),
    Case("H.264, 1920 x 1080, a sentence every 30 s", "1920x1080", X264, every=30),
)  # fmt: skip


def make_video(case: Case, seconds: int, path: Path) -> None:
    picture = f"testsrc2=size={case.size}:rate=30,noise=alls=6:allf=t"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine")
    command = [ffmpeg_binary(), "-v", "error", *inputs, "-t", str(seconds), "-pix_fmt", "yuv420p", *case.encoding]
    subprocess.run([*command, "-c:a", "libopus", str(path)], check=True)


def child_usage() -> tuple[float, float]:
    """-> CPU seconds of all ended children, and megabytes of the largest one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(case: Case, video: Path, seconds: int) -> dict[str, float]:
    """Runs in a process of its own: the memory is that of its largest child."""
    # Keyframes are five seconds apart: these starts are halfway between two of them, and elsewhere.
    sentences = [Sentence(start, 0, 1, "text", start + 2.5, None) for start in range(0, seconds, case.every)]
    files: dict[str, bytes] = {}
    before, _ = child_usage()
    began = time.process_time()
    made = make_storyboard(
        video, sentences, until=float(seconds), publish=files.__setitem__, progress=lambda share: None
    )
    assert made.complete, made.warnings
    after, megabytes = child_usage()
    per_second = (after - before + time.process_time() - began) / seconds
    kilobytes = sum(map(len, files.values())) / len(sentences) / 1000
    return {"seconds": per_second, "megabytes": megabytes, "kilobytes": kilobytes}


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--case", type=int, help="measure one of the cases in this process")
    parser.add_argument("--video", type=Path, help="the video of the case")
    arguments = parser.parse_args()
    if arguments.case is not None:
        print(json.dumps(measure(CASES[arguments.case], arguments.video, arguments.seconds)))
        return
    with report.measuring("storyboard", arguments) as result, tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            video = Path(folder) / f"{case.size}-{case.encoding[1]}.mkv"
            if not video.exists():
                make_video(case, arguments.seconds, video)
            result.add("videos", video=case.name, **_measured_alone(number, video, arguments.seconds))


def _measured_alone(number: int, video: Path, seconds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.storyboard", "--seconds", str(seconds)]
    command += ["--case", str(number), "--video", str(video)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


if __name__ == "__main__":
    main()
