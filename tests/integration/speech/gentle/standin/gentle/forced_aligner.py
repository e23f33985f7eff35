import difflib
import json
import logging
import math
import re
import subprocess
import tempfile
import wave
from multiprocessing.pool import ThreadPool
from queue import Queue

from .standard_kaldi import HOME, Kaldi

WINDOW, OVERLAP = 20, 2
FILLERS = ("uh", "um")


def fault():
    file = HOME / "ext/fault"
    return file.read_text().strip() if file.exists() else ""


class ForcedAligner:
    def __init__(self, transcript, nthreads, conservative=False, disfluency=False):
        self.transcript = transcript
        self.nthreads = nthreads
        self.disfluency = disfluency
        vocabulary = {line.split(" ")[0] for line in (HOME / "exp/langdir/words.txt").read_text().splitlines()}
        self.places = [match.span() for match in re.finditer(r"(\w|’\w|'\w)+", transcript)]
        norms = [transcript[a:b].lower().replace("’", "'") for a, b in self.places]
        self.sequence = [norm if norm in vocabulary else "<unk>" for norm in norms]
        graph = self._graph(conservative, FILLERS if disfluency else ())
        self.queue = Queue()
        for _ in range(nthreads):
            self.queue.put(Kaldi(graph))

    def _graph(self, conservative, fillers):
        """A bigram grammar: each word is followed by words that follow it somewhere in the text."""
        following = {"<unk>": {"<unk>", *self.sequence}}
        for word, after in zip(self.sequence, [*self.sequence[1:], "<unk>"], strict=True):
            following.setdefault(word, set()).update({after, *fillers}, {"<unk>"} if conservative else ())
        for filler in fillers:
            following[filler] = {"<unk>", *self.sequence}
        numbers = {word: number for number, word in enumerate(sorted(following), 1)}
        lines = [
            f"{numbers[word]}    {numbers[to]}    {to}    {to}    {math.log(len(after)):f}"
            for word, after in sorted(following.items())
            for to in sorted(after)
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as text:
            text.write("\n".join([*lines, f"{numbers['<unk>']}    0"]) + "\n")
            text.flush()
            graph = tempfile.mktemp(suffix="_HCLG.fst")  # leaked, as in the original
            command = [str(HOME / "ext/m3"), str(HOME / "exp"), text.name, graph]
            subprocess.check_output(command, stderr=subprocess.DEVNULL)
        return graph

    def transcribe(self, wav):
        with wave.open(wav) as file:
            seconds = file.getnframes() / file.getframerate()
        hypothesis = self._decode(wav, math.ceil(seconds / (WINDOW - OVERLAP)))
        for _ in range(self.nthreads):
            self.queue.get().stop()
        words = self._match(hypothesis)
        missing = sum(word["case"] == "not-found-in-audio" for word in words)
        logging.info("%d unaligned words (of %d)", missing, len(words))
        logging.info("after 2nd pass: %d unaligned words (of %d)", missing, len(words))
        return self._result(self._with_faults(words, seconds))

    def _decode(self, wav, count):
        windows = []

        def decode(index):
            start = index * (WINDOW - OVERLAP)
            with wave.open(wav) as file:
                file.setpos(start * file.getframerate())
                samples = file.readframes(WINDOW * file.getframerate())
            words = []
            if len(samples) >= 4000:
                kaldi = self.queue.get()
                kaldi.push_chunk(samples)
                words = kaldi.get_final()
                self.queue.put(kaldi)
            windows.append((start, words))
            logging.info("%d/%d", len(windows), count)
            logging.debug("message: %s", " ".join(word["word"] for word in words))

        with ThreadPool(min(count, self.nthreads)) as pool:
            pool.map(decode, range(count))
        return self._joined(sorted(windows, key=lambda window: window[0]))

    def _joined(self, windows):
        """Take each window's words up to the middle of its overlap with the next."""
        words = []
        for index, (start, found) in enumerate(windows):
            low = start + OVERLAP / 2 if index else 0
            high = start + WINDOW - OVERLAP / 2 if index + 1 < len(windows) else math.inf
            placed = [{**word, "start": word["start"] + start} for word in found]
            words += [word for word in placed if low <= word["start"] + word["duration"] / 2 < high]
        return words

    def _match(self, hypothesis):
        words = []
        matcher = difflib.SequenceMatcher(a=[word["word"] for word in hypothesis], b=self.sequence)
        for kind, a, a_end, b, b_end in matcher.get_opcodes():
            if kind == "equal":
                words += [self._found(hypothesis[a + step], b + step) for step in range(b_end - b)]
                continue
            words += [
                self._disfluency_word(word)
                for word in hypothesis[a:a_end]
                if self.disfluency and word["word"] in FILLERS
            ]
            words += [{"case": "not-found-in-audio", **self._place(index)} for index in range(b, b_end)]
        return words

    def _place(self, index):
        start, end = self.places[index]
        return {"word": self.transcript[start:end], "startOffset": start, "endOffset": end}

    def _found(self, word, index):
        return {"case": "success", "alignedWord": word["word"], **self._times(word), **self._place(index)}

    def _disfluency_word(self, word):
        return {"case": "not-found-in-transcript", "word": word["word"], **self._times(word)}

    def _times(self, word):
        return {"start": word["start"], "end": word["start"] + word["duration"], "phones": word["phones"]}

    def _with_faults(self, words, seconds):
        found = [word for word in words if word["case"] == "success"]
        if fault() == "impossible-times":
            found[2]["start"], found[2]["end"] = -5.0, -4.0
            found[4]["end"] = seconds + 3600
            found[6]["start"] = found[6]["end"] = float("nan")
            found[8]["start"], found[8]["end"] = found[1]["start"], found[1]["end"]
        if fault() == "misplaced":
            last = found[7]["end"]
            for word in found[5:8]:
                for key in ("start", "end"):
                    word[key] = last - (last - word[key]) / 3
        if fault() == "gaps":
            for word in found[5:8]:
                for key in ("start", "end", "phones", "alignedWord"):
                    del word[key]
                word["case"] = "not-found-in-audio"
        return words

    def _result(self, words):
        if fault() == "empty-result":
            return "{}"
        if fault() == "broken-json":
            return '{"transcript": "Hel'
        whole = {key: value for key, value in (("transcript", self.transcript), ("words", words)) if value}
        return json.dumps(whole, indent=2, sort_keys=True)
