"""The table of speech engines. A new engine is its package and one line here.

Each package offers `create_engine`, which the pipeline calls when a job first asks for the engine.
"""

from __future__ import annotations

ENGINES = {
    "gentle": "syncline.speech.gentle",
    "pocketsphinx": "syncline.speech.pocketsphinx",
    "whisper": "syncline.speech.whisper",
}
DEFAULT_ENGINE = "pocketsphinx"
