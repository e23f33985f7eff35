"""Stand-in for k3: the same protocol on its pipes, PocketSphinx behind it."""

import array
import math
import os
import sys
import time
from pathlib import Path

RATE, FRAME = 16_000, 0.01
UNKNOWN = "<unk>"

fault_file = Path(__file__).with_name("fault")
FAULT = fault_file.read_text().strip() if fault_file.exists() else ""


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
        while True:
            pass
    if FAULT == "k3-garbage":
        say("word: \x00\x01 ERROR (nnet3) / nonsense")
    if FAULT == "k3-allocates":
        bytearray(2**36)
    if FAULT == "k3-fills-memory":
        data = b"x" * (400 * 2**20)
        time.sleep(3600)
        del data


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: k3 [nnet_dir hclg_path]")
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
            misbehave()
            for found in recogniser.words(samples):
                report(*found)
            say("done with words")
        # Ignore other lines, and the end of input: like the original, this spins then.


main()
