"""Time words with aeneas, which runs in a virtual environment of its own.

The argument is a WAV file. Reads the words as JSON from standard input and writes their times as JSON.
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


def main() -> None:
    text = TextFile()
    for index, word in enumerate(json.load(sys.stdin)):
        text.add_fragment(TextFragment(str(index), Language.ENG, [word], [word]))
    configuration = RuntimeConfiguration("tts=espeak")
    configuration.set_granularity(WORD_LEVEL)
    task = Task("task_language=eng|is_text_type=plain|os_task_file_format=json")
    task.audio_file_path_absolute, task.text_file = sys.argv[1], text
    ExecuteTask(task, rconf=configuration).execute()
    words = [leaf for leaf in task.sync_map_leaves() if leaf.fragment_type == SyncMapFragment.REGULAR]
    json.dump([(float(word.begin), float(word.end)) for word in words], sys.stdout)


if __name__ == "__main__":
    main()
