"""Time words with aeneas, which runs in a virtual environment of its own.

The arguments are a WAV file and an ISO 639-1 code, English by default. Reads the words as JSON from standard input and
writes their times as JSON.
"""

from __future__ import annotations

import json
import sys

from aeneas.executetask import ExecuteTask
from aeneas.language import Language
from aeneas.runtimeconfiguration import RuntimeConfiguration
from aeneas.syncmap import SyncMapFragment
from aeneas.task import Task
from aeneas.textfile import TextFile, TextFragment

WORD_LEVEL = 3
ISO_639_3 = {
    "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fi": "fin", "fr": "fra",
    "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn", "ko": "kor", "nl": "nld", "no": "nor",
    "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sv": "swe", "tr": "tur", "uk": "ukr", "zh": "cmn",
}  # fmt: skip


def main() -> None:
    language = _language(sys.argv[2]) if len(sys.argv) > 2 else Language.ENG
    text = TextFile()
    for index, word in enumerate(json.load(sys.stdin)):
        text.add_fragment(TextFragment(str(index), language, [word], [word]))
    configuration = RuntimeConfiguration("tts=espeak")
    configuration.set_granularity(WORD_LEVEL)
    task = Task(f"task_language={language}|is_text_type=plain|os_task_file_format=json")
    task.audio_file_path_absolute, task.text_file = sys.argv[1], text
    ExecuteTask(task, rconf=configuration).execute()
    words = [leaf for leaf in task.sync_map_leaves() if leaf.fragment_type == SyncMapFragment.REGULAR]
    json.dump([(float(word.begin), float(word.end)) for word in words], sys.stdout)


def _language(code: str) -> str:
    """aeneas names a language by its three-letter code."""
    three = ISO_639_3.get(code, code)
    return three if three in Language.ALLOWED_VALUES else Language.ENG


if __name__ == "__main__":
    main()
