"""Short words of the text that may never have been said.

To leave a word out costs the tracker far more than to press it into three frames between its neighbours: texts are
mostly right, and only so does it stay on its way. Of a word much shorter than it could be, the neighbours are therefore
asked how well they fit without it.
"""

from __future__ import annotations

from dataclasses import replace

from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.decoding import Heard, HeardWord, Section, Sound, fit_of
from syncline.speech.pocketsphinx.decoding_graph import Form

SHORT = 1.5  # times shorter than the model expects of its fullest form


def weigh_doubtful(section: Section, heard: Heard, sound: Sound) -> Heard:
    words = list(heard.words)
    for index, word in enumerate(heard.words):
        before = [other for other in heard.words[max(0, index - 1) : index] if _touch(other, word)]
        after = [other for other in heard.words[index + 1 : index + 2] if _touch(word, other)]
        if (before or after) and _is_short(section, word):
            words[index] = replace(word, gain=_gain(section, before, word, after, sound))
    return replace(heard, words=tuple(words))


def _touch(word: HeardWord, following: HeardWord) -> bool:
    return word.end == following.start and word.word + 1 == following.word


def _is_short(section: Section, word: HeardWord) -> bool:
    usual = shared_model().usual_frames
    fullest = max(sum(usual[sound] for sound in form) for form in section.words[word.word - section.first_word])
    return fullest > SHORT * (word.end - word.start)


def _gain(section: Section, before: list[HeardWord], word: HeardWord, after: list[HeardWord], sound: Sound) -> float:
    touching = [*before, word, *after]
    fit = sum(each.fit * (each.end - each.start) for each in touching)
    forms: list[tuple[Form, ...]] = [
        (section.words[each.word - section.first_word][each.form],) for each in (*before, *after)
    ]
    return fit - fit_of(forms, sound.between(touching[0].start, touching[-1].end))
