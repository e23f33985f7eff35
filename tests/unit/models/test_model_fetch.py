"""Fetching from a local hub. The converter is the one stand-in: it copies the toy's converted files."""

import os
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

from syncline.core.errors import InvalidOptionsError, ModelMissingError, SettingsError, TransientError
from syncline.models import fetching
from syncline.models.catalogue import CATALOGUE, MANIFEST, NEEDED, TOY_FOLDER, installed_names, locate, verify
from syncline.models.hub import Hub

NAME = "someone/tiny-m2m100@0123456789abcdef0123456789abcdef01234567"
INSTALLED_NAME = "someone--tiny-m2m100"


def copy_toy(checkpoint: Path, output: Path) -> None:
    assert (checkpoint / "pytorch_model.bin").is_file()
    for name in NEEDED:
        shutil.copyfile(TOY_FOLDER / name, output / name)


@pytest.fixture
def fetch(tmp_path, hub_url):
    def fetch(name=NAME, *, folder=tmp_path, heard=lambda stage, done: None, convert_with=copy_toy):
        return fetching.fetch(name, folder, heard=heard, hub=Hub(hub_url, wait_seconds=0.01), convert_with=convert_with)

    return fetch


def downloads_of(hub_state, name):
    return [wanted for path, wanted in hub_state.requests if path == f"/cdn/{name}"]


def test_a_fetched_model_is_complete_verified_and_listed(fetch, tmp_path):
    installed = fetch()
    assert installed.path == tmp_path / INSTALLED_NAME
    assert installed.manifest["repository"] == "someone/tiny-m2m100"
    assert installed.manifest["revision"] == NAME.split("@")[1]
    assert verify(installed) == len(NEEDED)
    assert installed_names(tmp_path) == ["m2m100-toy", INSTALLED_NAME]
    assert locate("someone/tiny-m2m100", tmp_path).path == installed.path


def test_nothing_unfinished_is_left_and_others_may_read(fetch, tmp_path):
    installed = fetch()
    assert list((tmp_path / ".downloads").iterdir()) == []
    assert list((tmp_path / ".staging").iterdir()) == []
    assert installed.path.stat().st_mode & 0o777 == 0o755


def test_what_is_installed_is_not_fetched_again(fetch, hub_state):
    fetch()
    hub_state.requests.clear()
    fetch()
    assert hub_state.requests == []


def test_what_is_installed_needs_neither_converter_nor_leave_to_write(fetch, tmp_path, monkeypatch):
    fetch()
    shutil.rmtree(tmp_path / ".locks")
    (tmp_path / ".locks").write_bytes(b"")
    monkeypatch.setattr(fetching.importlib.util, "find_spec", lambda name: None)
    assert verify(fetch(convert_with=None))


@pytest.mark.parametrize("endpoint", ["huggingface.co", "ftp://hub", "https://"])
def test_an_address_that_is_none_is_refused(endpoint):
    with pytest.raises(SettingsError, match="no address of a hub"):
        Hub(endpoint)


def test_only_the_needed_files_are_downloaded(fetch, hub_state):
    fetch()
    assert not [path for path, _ in hub_state.requests if "README" in path]


def test_safetensors_are_preferred_to_pickles(fetch, hub_state):
    hub_state.files["model.safetensors"] = os.urandom(20_000)

    def convert(checkpoint, output):
        assert not (checkpoint / "pytorch_model.bin").exists()
        shutil.copyfile(checkpoint / "model.safetensors", checkpoint / "pytorch_model.bin")
        copy_toy(checkpoint, output)

    fetch(convert_with=convert)


def test_a_connection_that_breaks_again_and_again_is_resumed(fetch, hub_state):
    hub_state.cut_after, hub_state.breaks_left = 700_000, 4
    fetch()
    ranges = downloads_of(hub_state, "pytorch_model.bin")
    assert ranges[0] == ""
    assert len(ranges) == 5
    assert all(wanted.startswith("bytes=") for wanted in ranges[1:])


def test_a_server_without_ranges_gets_the_whole_file_again(fetch, hub_state):
    hub_state.cut_after, hub_state.breaks_left, hub_state.ignores_range = 700_000, 2, True
    assert verify(fetch())


def test_a_busy_hub_is_asked_again(fetch, hub_state):
    hub_state.broken_status, hub_state.breaks_left = 503, 3
    assert verify(fetch())


def test_a_hub_that_stays_away_is_an_error_worth_trying_again(fetch, hub_state):
    hub_state.broken_status, hub_state.breaks_left = 503, 1000
    with pytest.raises(TransientError, match="could not be listed"):
        fetch()


def test_what_an_interrupted_task_downloaded_is_kept(fetch, hub_state, tmp_path):
    hub_state.cut_after, hub_state.breaks_left = 1_000_000, 1
    with pytest.raises(KeyboardInterrupt):
        fetch(heard=interrupt_at("pytorch_model.bin", 0.3))
    hub_state.cut_after = None
    hub_state.requests.clear()
    fetch()
    assert downloads_of(hub_state, "sentencepiece.bpe.model") == []
    [wanted] = downloads_of(hub_state, "pytorch_model.bin")
    assert int(wanted.removeprefix("bytes=").removesuffix("-")) >= 900_000


def interrupt_at(stage, fraction):
    def heard(name, done):
        if name == stage and done >= fraction:
            raise KeyboardInterrupt

    return heard


def test_a_damaged_download_is_fetched_again(fetch, hub_state):
    hub_state.damaged = {"pytorch_model.bin": 1, "vocab.json": 1}
    assert verify(fetch())
    assert len(downloads_of(hub_state, "pytorch_model.bin")) == 2


def test_a_source_that_stays_damaged_is_not_installed(fetch, hub_state, tmp_path):
    hub_state.damaged = {"pytorch_model.bin": 99}
    with pytest.raises(ModelMissingError, match=r"pytorch_model\.bin .* checksum"):
        fetch()
    assert not (tmp_path / INSTALLED_NAME).exists()


def test_a_hub_that_serves_other_weights_under_a_pinned_name_is_refused(fetch, hub_state, monkeypatch):
    pinned = replace(
        CATALOGUE["m2m100-418m"], repository=hub_state.repository, revision=hub_state.revision
    )  # its checksum of pytorch_model.bin stays
    monkeypatch.setitem(CATALOGUE, "m2m100-418m", pinned)
    hub_state.files["vocab.json"] = b"{}"
    with pytest.raises(ModelMissingError, match="checksum"):
        fetch("m2m100-418m")


def test_a_conversion_that_fails_installs_nothing_and_keeps_the_download(fetch, hub_state, tmp_path):
    def out_of_memory(checkpoint, output):
        (output / "model.bin").write_bytes(b"half")
        raise MemoryError

    with pytest.raises(MemoryError):
        fetch(convert_with=out_of_memory)
    assert not (tmp_path / INSTALLED_NAME).exists()
    assert list((tmp_path / ".staging").iterdir()) == []
    hub_state.requests.clear()
    fetch()
    assert downloads_of(hub_state, "pytorch_model.bin") == []


def test_a_damaged_model_is_noticed_and_replaced(fetch, tmp_path):
    installed = fetch()
    body = bytearray((installed.path / "model.bin").read_bytes())
    body[1000] ^= 1
    (installed.path / "model.bin").write_bytes(body)
    with pytest.raises(ModelMissingError, match=r"damaged: model\.bin") as damage:
        verify(installed)
    assert "syncline models fetch" in damage.value.hint
    assert verify(fetch())


def test_a_truncated_model_is_noticed_without_reading_it(fetch, tmp_path):
    installed = fetch()
    with (installed.path / "model.bin").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(ModelMissingError, match="damaged"):
        locate("someone/tiny-m2m100", tmp_path)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": {"model.bin": 5}}'])
def test_a_model_with_a_damaged_manifest_is_made_again(fetch, tmp_path, manifest):
    (fetch().path / MANIFEST).write_text(manifest, encoding="utf-8")
    with pytest.raises(ModelMissingError, match="cannot be read"):
        locate("someone/tiny-m2m100", tmp_path)
    assert verify(fetch())


@pytest.mark.parametrize("file", ["model.bin", "sentencepiece.bpe.model"])
def test_a_model_that_lost_a_file_is_damaged_not_absent(fetch, tmp_path, file):
    (fetch().path / file).unlink()
    assert INSTALLED_NAME in installed_names(tmp_path)
    with pytest.raises(ModelMissingError, match=f"damaged: {file}") as damage:
        locate("someone/tiny-m2m100", tmp_path)
    assert damage.value.hint.endswith(f"syncline models fetch {NAME}")
    assert verify(fetch())


@pytest.mark.parametrize("page", [b"<html>Please sign in</html>", b"[]", b"{}", b'{"siblings": [{"rfilename": "x"}]}'])
def test_what_is_no_hub_is_refused_at_once(fetch, hub_state, page):
    hub_state.listing = page
    with pytest.raises(ModelMissingError, match="does not answer as the Hugging Face hub does"):
        fetch()
    assert len(hub_state.requests) == 1


def test_a_full_disk_keeps_what_was_downloaded(fetch, hub_state):
    """The disk is a limit on the size of files here: the error differs, what is left behind does not."""
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


def test_two_at_once_download_and_convert_once(fetch, hub_state):
    converted, another_waits = [], threading.Event()

    def slow(checkpoint, output):
        converted.append(1)
        assert another_waits.wait(30)
        copy_toy(checkpoint, output)

    def heard(stage, done):
        if "waiting" in stage:
            another_waits.set()

    threads = [threading.Thread(target=fetch, kwargs={"convert_with": slow, "heard": heard}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(converted) == 1
    assert len(downloads_of(hub_state, "pytorch_model.bin")) == 1


def test_a_task_killed_while_converting_leaves_the_lock_and_no_ruins(fetch, hub_url, tmp_path):
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from syncline.models import fetching
        from syncline.models.hub import Hub
        def stuck(checkpoint, output):
            (output / "model.bin").write_bytes(b"half")
            print("converting", flush=True)
            time.sleep(60)
        hub = Hub({hub_url!r})
        fetching.fetch({NAME!r}, Path({str(tmp_path)!r}), heard=lambda s, d: None, hub=hub, convert_with=stuck)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as task:
        assert task.stdout.readline() == "converting\n"
        task.send_signal(signal.SIGKILL)
    assert list((tmp_path / ".staging").iterdir())
    assert verify(fetch())
    assert list((tmp_path / ".staging").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["m2m100", "m2m100-418M", "facebook/m2m100_418M", "facebook/m2m100_418M@main", "../x@" + "0" * 40]
)
def test_an_unknown_or_unpinned_name_is_refused(fetch, name):
    with pytest.raises(InvalidOptionsError) as refusal:
        fetch(name)
    assert "m2m100-418m or m2m100-1.2b" in refusal.value.hint


def test_a_repository_that_is_no_m2m100_is_refused(fetch, hub_state):
    del hub_state.files["sentencepiece.bpe.model"]
    with pytest.raises(ModelMissingError, match=r"lacks sentencepiece\.bpe\.model"):
        fetch()


def test_a_revision_that_does_not_exist_is_refused_at_once(fetch, hub_state):
    with pytest.raises(ModelMissingError, match="answered 404"):
        fetch("someone/tiny-m2m100@" + "f" * 40)
    assert len(hub_state.requests) == 1


def test_the_toy_needs_no_fetching(fetch, hub_state):
    assert fetch("m2m100-toy").path == TOY_FOLDER
    assert hub_state.requests == []


def test_the_packaged_toy_is_whole():
    assert verify(locate("m2m100-toy", None)) == len(NEEDED)


def test_without_the_converter_nothing_is_downloaded(tmp_path, hub_state, hub_url, monkeypatch):
    monkeypatch.setattr(fetching.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as missing:
        fetching.fetch(NAME, tmp_path, heard=lambda stage, done: None, hub=Hub(hub_url))
    assert "pip install 'syncline[worker,models]'" in missing.value.hint
    assert hub_state.requests == []


def test_the_hub_can_be_another_one(tmp_path, hub_url, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", hub_url + "/")
    assert fetching.fetch(NAME, tmp_path, heard=lambda stage, done: None, convert_with=copy_toy)


def test_the_environment_s_proxy_is_used(tmp_path, hub_state, hub_url, monkeypatch):
    monkeypatch.setenv("http_proxy", hub_url)  # to a proxy, whole addresses are sent
    monkeypatch.setenv("no_proxy", "")
    hub_state.broken_status, hub_state.breaks_left = 404, 1
    with pytest.raises(ModelMissingError, match="answered 404"):
        fetching.fetch(
            NAME, tmp_path, heard=lambda stage, done: None, hub=Hub("http://hub.invalid"), convert_with=copy_toy
        )
    assert hub_state.requests[0][0].startswith("/api/models/")
