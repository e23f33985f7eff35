"""Run Gentle (github.com/lowerquality/gentle, version 0.11) as a child process, and check everything it returns.

- `installation`: what is missing from an installation
- `chunks`: split long recordings
- `align_process`, `watchdog`, `kaldi_log`, `session`: run align.py under limits and leave no process behind
- `launcher`: what runs inside the child before align.py
- `validation`: reject impossible times, complete missing words
- `reconciliation`: compare with the embedded aligner, fill gaps
"""

from syncline.speech.engine import Engine, EngineResources
from syncline.speech.gentle.engine import GentleEngine
from syncline.speech.gentle.installation import missing_parts
from syncline.speech.gentle.watchdog import Limits

__all__ = ["GentleEngine", "Limits", "create_engine", "missing_parts"]


def create_engine(resources: EngineResources) -> Engine:
    """Gentle, checked by the embedded aligner; where a speech model is installed, by Whisper too."""
    # Imported here: doctor imports this package, and needs no acoustic model.
    from syncline.speech import pocketsphinx, whisper

    judge = whisper if whisper.is_installed(resources.speech_model, resources.models) else pocketsphinx
    return GentleEngine(
        resources.gentle_home, threads=resources.pool.processes, embedded=judge.create_engine(resources)
    )
