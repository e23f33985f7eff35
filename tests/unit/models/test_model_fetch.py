"""Fetch from a local hub. Only the converter is replaced: it copies the converted files of the toy."""

import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from syncline.core.errors import ModelMissingError, SettingsError, TransientError
from syncline.models import fetching
from syncline.models.catalogue import ANSWERS, CATALOGUE, INSTALLED_FILES, M2M100, TOY_FOLDER
from syncline.models.hub import Hub
from syncline.models.installed import MANIFEST, installed_names, locate, verify
from syncline.translation.kind import M2M100Kind

NAME = "someone/tiny-m2m100@0123456789abcdef0123456789abcdef01234567"
INSTALLED_NAME = "someone--tiny-m2m100"
FILES = INSTALLED_FILES[M2M100]


def copy_toy(checkpoint: Path, output: Path) -> None:
    assert (checkpoint / "pytorch_model.bin").is_file()
    for name in FILES:
        shutil.copyfile(TOY_FOLDER / name, output / name)


class Kind(M2M100Kind):
    def __init__(self, convert=copy_toy):
        super().__init__(is_importable=lambda module: True)
        self._convert = convert

    def convert(self, checkpoint, output):
        self._convert(checkpoint, output)
        return "int8"


WITHOUT_CONVERTER = M2M100Kind(is_importable=lambda module: False)


@pytest.fixture
def fetch(tmp_path, hub_url):
    def fetch(name=NAME, *, progress=lambda stage, share: None, convert=copy_toy, kind=None, **options):
        hub = options.pop("hub", None) or Hub(hub_url, wait_seconds=0.01)
        kinds = {M2M100: kind or Kind(convert)}
        return fetching.fetch(name, tmp_path, kinds=kinds, hub=hub, progress=progress, **options)

    return fetch


def downloads_of(hub_state, name):
    return [wanted for path, wanted in hub_state.requests if path == f"/cdn/{name}"]


def test_a_fetched_model_is_complete_verified_and_listed(fetch, tmp_path):
    installed = fetch()
    assert installed.path == tmp_path / INSTALLED_NAME
    assert installed.manifest["repository"] == "someone/tiny-m2m100"
    assert installed.manifest["revision"] == NAME.split("@")[1]
    assert verify(installed) == len(FILES)
    assert installed_names(tmp_path) == ["m2m100-toy", "answers-toy", INSTALLED_NAME]
    assert locate("someone/tiny-m2m100", tmp_path).path == installed.path


def test_only_the_readable_model_is_left(fetch, tmp_path):
    installed = fetch()
    assert list((tmp_path / ".downloads").iterdir()) == []
    assert list((tmp_path / ".staging").iterdir()) == []
    assert installed.path.stat().st_mode & 0o777 == 0o755


def test_an_installed_model_is_not_fetched_again(fetch, hub_state):
    fetch()
    hub_state.requests.clear()
    fetch()
    assert hub_state.requests == []


def test_an_installed_model_needs_neither_the_converter_nor_write_access(fetch, tmp_path):
    fetch()
    shutil.rmtree(tmp_path / ".locks")
    (tmp_path / ".locks").write_bytes(b"")
    assert verify(fetch(kind=WITHOUT_CONVERTER))


@pytest.mark.parametrize("endpoint", ["huggingface.co", "ftp://hub", "https://", "http://hub.example", "http://[::2]"])
def test_only_https_endpoints_are_accepted(endpoint):
    with pytest.raises(SettingsError, match="not an https address"):
        Hub(endpoint).files("someone/tiny-m2m100", "0" * 40)


def test_a_redirect_to_plain_http_is_not_followed(fetch, hub_state):
    hub_state.cdn = "http://cdn.example"
    with pytest.raises(SettingsError, match=r"http://cdn\.example/.* is not an https address"):
        fetch()


def test_a_download_never_exceeds_the_announced_size(fetch, hub_state, tmp_path):
    hub_state.appended = {"pytorch_model.bin": os.urandom(5_000_000)}
    largest = 0

    def progress(stage, share):
        nonlocal largest
        part = tmp_path / ".downloads" / INSTALLED_NAME / "pytorch_model.bin.part"
        largest = max(largest, part.stat().st_size if part.exists() else 0)

    assert verify(fetch(progress=progress))
    assert 0 < largest <= len(hub_state.files["pytorch_model.bin"])


def test_only_the_needed_files_are_downloaded(fetch, hub_state):
    fetch()
    assert not [path for path, _ in hub_state.requests if "README" in path]


def test_outside_the_catalogue_safetensors_are_preferred_to_pickles(fetch, hub_state):
    hub_state.files["model.safetensors"] = os.urandom(20_000)

    def convert(checkpoint, output):
        assert not (checkpoint / "pytorch_model.bin").exists()
        shutil.copyfile(checkpoint / "model.safetensors", checkpoint / "pytorch_model.bin")
        copy_toy(checkpoint, output)

    fetch(convert=convert)


def test_a_download_survives_repeated_disconnects(fetch, hub_state):
    hub_state.cut_after, hub_state.breaks_left = 700_000, 4
    fetch()
    ranges = downloads_of(hub_state, "pytorch_model.bin")
    assert ranges[0] == ""
    assert len(ranges) == 5
    assert all(wanted.startswith("bytes=") for wanted in ranges[1:])


def test_a_server_without_range_support_sends_the_whole_file_again(fetch, hub_state):
    hub_state.cut_after, hub_state.breaks_left, hub_state.ignores_range = 700_000, 2, True
    assert verify(fetch())


def test_a_busy_hub_is_retried(fetch, hub_state):
    hub_state.broken_status, hub_state.breaks_left = 503, 3
    assert verify(fetch())


def test_a_hub_that_stays_unreachable_is_a_transient_error(fetch, hub_state):
    hub_state.broken_status, hub_state.breaks_left = 503, 1000
    with pytest.raises(TransientError, match="could not be listed"):
        fetch()


def test_the_download_of_an_interrupted_task_is_kept(fetch, hub_state, tmp_path):
    hub_state.cut_after, hub_state.breaks_left = 1_000_000, 1
    with pytest.raises(KeyboardInterrupt):
        fetch(progress=interrupt_at("pytorch_model.bin", 0.3))
    hub_state.cut_after = None
    hub_state.requests.clear()
    fetch()
    assert downloads_of(hub_state, "sentencepiece.bpe.model") == []
    [wanted] = downloads_of(hub_state, "pytorch_model.bin")
    assert int(wanted.removeprefix("bytes=").removesuffix("-")) >= 900_000


def interrupt_at(stage, fraction):
    def progress(name, share):
        if name == stage and share >= fraction:
            raise KeyboardInterrupt

    return progress


def test_a_damaged_download_is_fetched_again(fetch, hub_state):
    hub_state.damaged = {"pytorch_model.bin": 1, "vocab.json": 1}
    assert verify(fetch())
    assert len(downloads_of(hub_state, "pytorch_model.bin")) == 2


def test_a_source_that_is_damaged_twice_is_not_installed(fetch, hub_state, tmp_path):
    hub_state.damaged = {"pytorch_model.bin": 99}
    with pytest.raises(ModelMissingError, match=r"pytorch_model\.bin .* checksum"):
        fetch()
    assert not (tmp_path / INSTALLED_NAME).exists()


def pinned(hub_state, **others):
    """A catalogue of one model, pinned to what the hub serves, but for the files named in `others`."""
    files = {
        name: hashlib.sha256(body).hexdigest() for name, body in hub_state.files.items() if name != "README.md"
    } | others
    return {
        "m2m100-418m": replace(
            CATALOGUE["m2m100-418m"], repository=hub_state.repository, revision=hub_state.revision, files=files
        )
    }


def test_a_pinned_model_is_fetched(fetch, hub_state):
    assert verify(fetch("m2m100-418m", catalogue=pinned(hub_state)))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "config.json", "special_tokens_map.json"])
def test_a_hub_that_serves_another_file_under_a_catalogue_name_is_refused(fetch, hub_state, name):
    catalogue = pinned(hub_state)
    hub_state.files[name] += b" "  # The hub announces the digest of the changed file.
    with pytest.raises(ModelMissingError, match=rf"{re.escape(name)} .* checksum"):
        fetch("m2m100-418m", catalogue=catalogue)


def test_files_beside_those_of_the_catalogue_are_never_downloaded(fetch, hub_state):
    """Unpinned safetensors would otherwise be preferred to the pinned weights."""
    catalogue = pinned(hub_state)
    hub_state.files |= {"model.safetensors": os.urandom(20_000), "added_tokens.json": b"{}"}
    assert verify(fetch("m2m100-418m", catalogue=catalogue))
    requested = " ".join(path for path, _ in hub_state.requests)
    assert "safetensors" not in requested
    assert "added_tokens" not in requested


def test_a_file_without_a_pin_must_match_the_digest_that_the_hub_announces(fetch, hub_state):
    catalogue = pinned(hub_state, **{"config.json": ""})
    hub_state.damaged = {"config.json": 99}
    with pytest.raises(ModelMissingError, match=r"config\.json .* checksum"):
        fetch("m2m100-418m", catalogue=catalogue)


def test_a_mirror_without_a_file_of_the_catalogue_is_refused(fetch, hub_state):
    catalogue = pinned(hub_state)
    del hub_state.files["vocab.json"]
    with pytest.raises(ModelMissingError, match=r"has no vocab\.json"):
        fetch("m2m100-418m", catalogue=catalogue)


def test_a_failed_conversion_installs_nothing_and_keeps_the_download(fetch, hub_state, tmp_path):
    def out_of_memory(checkpoint, output):
        (output / "model.bin").write_bytes(b"half")
        raise MemoryError

    with pytest.raises(MemoryError):
        fetch(convert=out_of_memory)
    assert not (tmp_path / INSTALLED_NAME).exists()
    assert list((tmp_path / ".staging").iterdir()) == []
    hub_state.requests.clear()
    fetch()
    assert downloads_of(hub_state, "pytorch_model.bin") == []


def test_a_damaged_model_is_replaced(fetch, tmp_path):
    installed = fetch()
    body = bytearray((installed.path / "model.bin").read_bytes())
    body[1000] ^= 1
    (installed.path / "model.bin").write_bytes(body)
    with pytest.raises(ModelMissingError, match=r"damaged: model\.bin") as damage:
        verify(installed)
    assert "syncline models fetch" in damage.value.hint
    assert verify(fetch())


def test_locate_finds_a_truncated_file(fetch, tmp_path):
    installed = fetch()
    with (installed.path / "model.bin").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(ModelMissingError, match="damaged"):
        locate("someone/tiny-m2m100", tmp_path)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": {"model.bin": 5}}'])
def test_a_model_with_a_damaged_manifest_is_fetched_again(fetch, tmp_path, manifest):
    (fetch().path / MANIFEST).write_text(manifest, encoding="utf-8")
    with pytest.raises(ModelMissingError, match="cannot be read"):
        locate("someone/tiny-m2m100", tmp_path)
    assert verify(fetch())


@pytest.mark.parametrize("file", ["model.bin", "sentencepiece.bpe.model"])
def test_a_model_that_lost_a_file_is_damaged_not_missing(fetch, tmp_path, file):
    (fetch().path / file).unlink()
    assert INSTALLED_NAME in installed_names(tmp_path)
    with pytest.raises(ModelMissingError, match=f"damaged: {file}") as damage:
        locate("someone/tiny-m2m100", tmp_path)
    assert damage.value.hint.endswith(f"syncline models fetch {NAME}")
    assert verify(fetch())


@pytest.mark.parametrize("page", [b"<html>Please sign in</html>", b"[]", b"{}", b'{"siblings": [{"rfilename": "x"}]}'])
def test_a_server_that_is_not_a_hub_is_refused_without_a_retry(fetch, hub_state, page):
    hub_state.listing = page
    with pytest.raises(ModelMissingError, match="does not answer as the Hugging Face hub does"):
        fetch()
    assert len(hub_state.requests) == 1


def test_a_full_disk_keeps_the_partial_download(fetch, hub_state):
    """A limit on the size of files stands for the disk: the error differs, the leftover files do not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    hub_state.requests.clear()
    assert verify(fetch())
    [wanted] = downloads_of(hub_state, "pytorch_model.bin")
    assert wanted == "bytes=1000000-"


def test_concurrent_tasks_download_and_convert_once(fetch, hub_state):
    converted, another_waits = [], threading.Event()

    def slow(checkpoint, output):
        converted.append(1)
        assert another_waits.wait(30)
        copy_toy(checkpoint, output)

    def progress(stage, share):
        if "waiting" in stage:
            another_waits.set()

    threads = [threading.Thread(target=fetch, kwargs={"convert": slow, "progress": progress}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(converted) == 1
    assert len(downloads_of(hub_state, "pytorch_model.bin")) == 1


def test_the_next_task_cleans_up_after_a_killed_one(fetch, hub_url, tmp_path):
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from syncline.models.fetching import fetch
        from syncline.models.hub import Hub
        from syncline.translation.kind import M2M100Kind
        class Stuck(M2M100Kind):
            def convert(self, checkpoint, output):
                (output / "model.bin").write_bytes(b"half")
                print("converting", flush=True)
                time.sleep(3600)
        kinds = {{"m2m100": Stuck(is_importable=lambda module: True)}}
        fetch({NAME!r}, Path({str(tmp_path)!r}), kinds=kinds, hub=Hub({hub_url!r}), progress=lambda s, d: None)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as task:
        assert task.stdout.readline() == "converting\n"
        task.send_signal(signal.SIGKILL)
    assert list((tmp_path / ".staging").iterdir())
    assert verify(fetch())
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_repository_without_m2m100_is_refused(fetch, hub_state):
    del hub_state.files["sentencepiece.bpe.model"]
    with pytest.raises(ModelMissingError, match=r"lacks sentencepiece\.bpe\.model"):
        fetch()


def test_a_missing_revision_is_refused_without_a_retry(fetch, hub_state):
    with pytest.raises(ModelMissingError, match="answered 404"):
        fetch("someone/tiny-m2m100@" + "f" * 40)
    assert len(hub_state.requests) == 1


def test_the_toy_needs_no_fetching(fetch, hub_state):
    assert fetch("m2m100-toy").path == TOY_FOLDER
    assert hub_state.requests == []


def test_the_packaged_toys_are_whole():
    assert verify(locate("m2m100-toy", None)) == len(FILES)
    assert verify(locate("answers-toy", None)) == len(INSTALLED_FILES[ANSWERS])


def test_without_the_converter_nothing_is_downloaded(fetch, hub_state):
    with pytest.raises(SettingsError) as missing:
        fetch(kind=WITHOUT_CONVERTER)
    assert "pip install 'syncline[worker,models]'" in missing.value.hint
    assert all(path.startswith("/api/models/") for path, *_ in hub_state.requests)  # the listing, to know the kind


def test_the_proxy_of_the_environment_is_used(fetch, hub_state, hub_url, monkeypatch):
    monkeypatch.setenv("http_proxy", hub_url)  # A proxy is sent whole addresses.
    monkeypatch.setenv("no_proxy", "")
    hub_state.broken_status, hub_state.breaks_left = 404, 1
    with pytest.raises(ModelMissingError, match="answered 404"):
        fetch(hub=Hub("http://127.0.0.1:9"))  # the discard port: nothing listens
    assert hub_state.requests[0][0].startswith("/api/models/")
