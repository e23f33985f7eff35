from __future__ import annotations

from importlib.metadata import version

import numpy as np

from syncline.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Alignment, Word
from worker.engines import Audio, AlignmentWishes, Progress
from worker.engines.pocketsphinx.pronunciations import shared_pronunciations
from worker.engines.pocketsphinx.tokens import tokenize
from worker.pool import AlignmentPool


class PocketSphinxEngine:
    name = "pocketsphinx"

    def __init__(self, pool: AlignmentPool) -> None:
        self.version = version("pocketsphinx")
        self._pool = pool

    def align(self, audio: Audio, transcript: str, wishes: AlignmentWishes, progress: Progress) -> Alignment:
        from pocketsphinx import Decoder

        lexicon = shared_pronunciations()
        tokens = tokenize(transcript, lexicon.known)
        samples = np.memmap(audio.path, dtype="<i2", mode="r") if audio.samples else np.zeros(0, "<i2")
        decoder = Decoder(lm=None, bestpath=False, beam=1e-80, wbeam=1e-80, pbeam=1e-80, loglevel="FATAL", dict=None)
        names = []
        for index, token in enumerate(tokens):
            if token.readings:
                sounds = [sound for word in token.readings[0] for sound in lexicon.of(word)[0]]
                decoder.add_word(f"t{index}", " ".join(sounds), True)
                names.append(f"t{index}")
        times = {}
        if names and len(samples):
            decoder.set_align_text(" ".join(names))
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
            times = {s.word: (s.start_frame / 100, (s.end_frame + 1) / 100) for s in decoder.seg() or []}
        words = [
            Word(SUCCESS, token.text, *times[f"t{index}"], token.start, token.end, token.text.lower())
            if f"t{index}" in times
            else Word(NOT_FOUND_IN_AUDIO, token.text, None, None, token.start, token.end)
            for index, token in enumerate(tokens)
        ]
        progress(1.0)
        info = {"engine": self.name, "engine_version": self.version, "audio_seconds": audio.seconds}
        return Alignment(transcript, tuple(words), info)

    def transcribe(self, audio: Audio, wishes: AlignmentWishes, progress: Progress) -> Alignment:
        return Alignment("", (), {"engine": self.name, "engine_version": self.version, "audio_seconds": audio.seconds})
