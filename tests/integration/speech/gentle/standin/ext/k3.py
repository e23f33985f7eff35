"""Stand-in for k3: the same protocol on its pipes, PocketSphinx behind it.

It has the original's eight threads and address space, and its behaviour where those do not fit under a limit.
"""

import array
import math
import mmap
import os
import resource
import sys
import threading
import time
from pathlib import Path

RATE, FRAME = 16_000, 0.01
UNKNOWN = "<unk>"
THREADS = 8
ADDRESS_SPACE = 2_100 * 2**20  # measured on two cores
ADDRESS_SPACE_ONE_ARENA = 870 * 2**20  # with MALLOC_ARENA_MAX=1
ABORT_BELOW = 1536 * 2**20  # under a lower RLIMIT_AS it aborts; between that and what it needs it can livelock

fault_file = Path(__file__).with_name("fault")
FAULT = fault_file.read_text().strip() if fault_file.exists() else ""


def log(line):
    os.write(2, f"{line}\n".encode())


def abort(exception, what):
    """End as a C++ program does on an uncaught exception."""
    log(f"terminate called after throwing an instance of '{exception}'\n  what():  {what}")
    os.abort()


def fail(function, message):
    log(f"ERROR (k3[5.4.0~1-9e67]:{function}) {message}\n\n[ Stack-Trace: ]\nkaldi::MessageLogger::HandleMessage\n")
    abort("std::runtime_error", "")


def reserve_address_space():
    """Return whether there was enough."""
    for _ in range(THREADS):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    wanted = ADDRESS_SPACE_ONE_ARENA if os.environ.get("MALLOC_ARENA_MAX") == "1" else ADDRESS_SPACE
    used = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    try:
        reserved.append(mmap.mmap(-1, max(1, wanted - used), flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ))
    except OSError:
        if resource.getrlimit(resource.RLIMIT_AS)[0] < ABORT_BELOW:
            abort("std::bad_alloc", "std::bad_alloc")
        return False
    return True


reserved = []


class Recogniser:
    def __init__(self, graph):
        from pocketsphinx import Decoder

        self.decoder = Decoder(lm=None, bestpath=False, loglevel="FATAL")
        self.decoder.add_word("[unk]", "+SPN+", True)
        *arcs, last = [line.split() for line in Path(graph).read_text().splitlines()]
        moves = [(int(a) - 1, int(b) - 1, math.exp(-float(cost)), self._known(word)) for a, b, word, _, cost in arcs]
        states, end = {a for move in moves for a in move[:2]}, len(arcs)
        numbers = {state: place for place, state in enumerate(sorted(states))}
        end = len(numbers)
        moves = [(numbers[a], numbers[b], p, word) for a, b, p, word in moves]
        moves += [(state, end, 1.0) for state in range(end)]  # the recording can end after any word
        grammar = self.decoder.create_fsg("transcript", numbers[int(last[0]) - 1], end, moves)
        self.decoder.add_fsg("transcript", grammar)
        self.decoder.activate_search("transcript")

    @staticmethod
    def _known(word):
        return "[unk]" if word == UNKNOWN else word

    def words(self, samples):
        self.decoder.start_utt()
        self.decoder.process_raw(doubled(samples), full_utt=True)
        self.decoder.end_utt()
        for segment in self.decoder.seg() or []:
            word = segment.word.split("(")[0]
            if (word and word[0] not in "<[+") or segment.word == "[unk]":
                phones = (self.decoder.lookup_word(segment.word) or "SPN").replace("+", "").lower().split()
                yield word or UNKNOWN, segment.start_frame, segment.end_frame + 1, phones


def doubled(samples):
    """Resample 8 kHz to 16 kHz by linear interpolation."""
    source = array.array("h", samples)
    target = array.array("h", bytes(4 * len(source)))
    target[0::2] = source
    target[1::2] = array.array("h", ((a + b) // 2 for a, b in zip(source, [*source[1:], 0], strict=True)))
    return target.tobytes()


def report(word, start, end, phones):
    word = UNKNOWN if word.startswith("[") else word
    say(f"word: {word} / start: {start * FRAME:f} / duration: {(end - start) * FRAME:f}")
    marks = ["S"] if len(phones) == 1 else ["B", *["I"] * (len(phones) - 2), "E"]
    for phone, mark in zip(phones, marks, strict=True):
        say(f"phone: {phone}_{mark} / duration: {(end - start) * FRAME / len(phones):f}")


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def misbehave():
    """Misbehave during a decode, as the original was observed to."""
    if FAULT == "k3-dies":
        os.kill(os.getpid(), 11)
    if FAULT == "k3-exits":
        sys.exit(3)
    if FAULT == "k3-hangs":
        time.sleep(3600)
    if FAULT == "k3-spins":
        spin()
    if FAULT == "k3-garbage":
        say("word: \x00\x01 ERROR (nnet3) / nonsense")
    if FAULT == "k3-out-of-memory":
        abort("std::bad_alloc", "std::bad_alloc")
    if FAULT == "k3-is-killed":
        os.kill(os.getpid(), 9)
    if FAULT == "k3-fills-memory":
        data = b"x" * (400 * 2**20)
        time.sleep(3600)
        del data


def spin():
    while True:
        pass


def decode(recogniser, samples):
    misbehave()
    log("WARNING (k3[5.4.0~1-9e67]:LatticeWordAligner()) a warning at every decode")
    if not any(samples):  # the original finds words in digital silence
        for index in range(3):
            report("the", index * 200, index * 200 + 30, ["dh", "ah"])
    else:
        for found in recogniser.words(samples):
            report(*found)
    say("done with words")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: k3 [nnet_dir hclg_path]")
    if FAULT == "k3-out-of-memory-at-start":
        abort("std::bad_alloc", "std::bad_alloc")
    if not Path(sys.argv[2]).is_file() or not Path(sys.argv[2]).stat().st_size:
        fail("ReadFstKaldi()", f"Reading FST: error reading FST header from {sys.argv[2]}")
    enough = reserve_address_space()
    recogniser, samples = Recogniser(sys.argv[2]), b""
    while True:
        command = sys.stdin.buffer.readline()
        if command == b"stop\n":
            break
        if command == b"push-chunk\n":
            count = int(sys.stdin.buffer.readline())
            samples = sys.stdin.buffer.read(2 * count)
            say("ok")
        elif command == b"get-final\n":
            if not enough:
                spin()
            decode(recogniser, samples)
        elif command != b"reset\n":  # also at the end of input, forever
            log(f"unknown command {command.decode().strip()}")


main()
