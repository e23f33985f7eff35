import contextlib
import subprocess
import tempfile


@contextlib.contextmanager
def resampled(audio):
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["ffmpeg", "-loglevel", "panic", "-y", "-i", audio, "-ac", "1", "-ar", "8000", file.name]
        if subprocess.call(command) != 0:
            raise RuntimeError(f"Unable to resample/encode '{audio}'")
        yield file.name
