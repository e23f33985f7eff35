"""Pronounce a transcript in the process pool: tokenising and letter-to-sound rules read text that anyone may upload.

The transcript is cut into pieces at white space, so that a long one uses every process and no result is large. A piece
carries some of the text around it, because the spoken form of a token depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from syncline.core.lexicon import Lexicon
from syncline.core.spoken_languages import ESPEAK, G2P2, SPOKEN_LANGUAGES
from syncline.processes.pool import Pool, succeeded
from syncline.speech import espeak
from syncline.speech.engine import AlignmentOptions
from syncline.speech.g2p import NO_READINGS, require
from syncline.speech.pocketsphinx.transcripts import PronouncedTranscript, pronounce_transcript, words_to_read

PIECE_CHARACTERS = 30_000
PIECE_SECONDS = 60.0  # a thousand times what a piece of ordinary text takes
CONTEXT_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` begins at `offset` of the transcript. The tokens that begin in [start, end) of the transcript count."""

    text: str
    offset: int
    start: int
    end: int
    language: str
    lexicon: Lexicon
    readings: Mapping[str, str]  # word -> IPA that an external program gave


def pronounce(transcript: str, options: AlignmentOptions, pool: Pool, *, g2p: str = G2P2) -> PronouncedTranscript:
    """Raises the error of the first piece that cannot be processed."""
    require(SPOKEN_LANGUAGES[options.language], g2p)
    readings = _external_readings(transcript, options, pool) if g2p == ESPEAK and espeak.is_installed() else NO_READINGS
    whole = PronouncedTranscript([], [], [], [])
    for part in pool.run(pronounce_piece, pieces(transcript, options, readings), seconds=PIECE_SECONDS):
        _append(whole, succeeded(part))
    return whole


def _external_readings(transcript: str, options: AlignmentOptions, pool: Pool) -> Mapping[str, str]:
    """The pool's processes can start no program. They find the words, and this process has them read."""
    words: set[str] = set()
    for part in pool.run(words_of_piece, pieces(transcript, options), seconds=PIECE_SECONDS):
        words.update(succeeded(part))
    return espeak.read_words(sorted(words), SPOKEN_LANGUAGES[options.language])


def words_of_piece(piece: Piece) -> tuple[str, ...]:
    return words_to_read(piece.text, piece.language)


def pieces(transcript: str, options: AlignmentOptions, readings: Mapping[str, str] = NO_READINGS) -> Iterator[Piece]:
    start = 0
    while start < len(transcript):
        end = _end_of_piece(transcript, start)
        first, last = max(0, start - CONTEXT_CHARACTERS), end + CONTEXT_CHARACTERS
        yield Piece(transcript[first:last], first, start, end, options.language, options.lexicon, readings)
        start = end


def _end_of_piece(transcript: str, start: int) -> int:
    """After white space, or after PIECE_CHARACTERS more if there is none."""
    for end in range(start + PIECE_CHARACTERS, min(len(transcript), start + 2 * PIECE_CHARACTERS)):
        if transcript[end - 1].isspace():
            return end
    return min(len(transcript), start + 2 * PIECE_CHARACTERS)


def pronounce_piece(piece: Piece) -> PronouncedTranscript:
    """The tokens with their offsets in the transcript. Their spoken forms stay here: those of the words are enough."""
    found = pronounce_transcript(piece.text, piece.language, piece.lexicon, piece.readings)
    own = [piece.start <= token.start + piece.offset < piece.end for token in found.tokens]
    number = {index: place for place, index in enumerate(index for index, is_own in enumerate(own) if is_own)}
    words = [word for word, token in enumerate(found.token_of_word) if own[token]]
    return PronouncedTranscript(
        [
            replace(token, start=token.start + piece.offset, end=token.end + piece.offset, spoken_forms=())
            for token, is_own in zip(found.tokens, own, strict=True)
            if is_own
        ],
        [number[found.token_of_word[word]] for word in words],
        [found.words[word] for word in words],
        [found.spoken_forms[word] for word in words],
    )


def _append(whole: PronouncedTranscript, part: PronouncedTranscript) -> None:
    tokens_before = len(whole.tokens)
    whole.tokens.extend(part.tokens)
    whole.token_of_word.extend(tokens_before + token for token in part.token_of_word)
    whole.words.extend(part.words)
    whole.spoken_forms.extend(part.spoken_forms)
