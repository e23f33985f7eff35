"""The client of one k3 process. Like the original, it reads from a dead k3 forever."""

import subprocess
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


class Kaldi:
    def __init__(self, graph):
        self._process = subprocess.Popen(
            [str(HOME / "ext/k3"), str(HOME / "exp/tdnn_7b_chain_online"), graph],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._finished = False

    def _say(self, data):
        self._process.stdin.write(data)

    def push_chunk(self, samples):
        self._say(b"push-chunk\n")
        self._say(b"%d\n" % (len(samples) // 2))
        self._say(samples)
        return self._process.stdout.readline().strip() == b"ok"

    def get_final(self):
        self._say(b"get-final\n")
        words = []
        while True:
            line = self._process.stdout.readline().decode()
            if line.startswith("done"):
                break
            fields = [part.split(": ")[1] for part in line.split(" / ")] if line else []
            if line.startswith("word"):
                words.append({"word": fields[0], "start": float(fields[1]), "duration": float(fields[2]), "phones": []})
            elif line.startswith("phone"):
                words[-1]["phones"].append({"phone": fields[0], "duration": float(fields[1])})
        self._say(b"reset\n")
        return words

    def stop(self):
        if not self._finished:
            self._finished = True
            self._say(b"stop\n")
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()

    def __del__(self):
        self.stop()
