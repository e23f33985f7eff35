"""Recordings of people in public repositories, and transcripts in the form that SPPAS reads."""

import subprocess

import pytest

from benchmarks import people_sources

FILES = {"a/one.wrd", "a/two words.txt"}


@pytest.fixture
def origin(tmp_path):
    """A public repository whose newest commit is not the one that is wanted."""

    def git(*arguments):
        done = subprocess.run(
            ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    repository = tmp_path / "host/owner/name"
    (repository / "a").mkdir(parents=True)
    git("init", "--quiet")
    git("config", "uploadpack.allowReachableSHA1InWant", "true")
    for content in ("wanted", "newer"):
        (repository / "a/one.wrd").write_text(f"0 16000 {content}\n")
        (repository / "a/two words.txt").write_text(content)
        (repository / "other.txt").write_text(content)
        git("add", ".")
        git("commit", "--quiet", "-m", content)
    return {"repository": "owner/name", "commit": git("rev-parse", "HEAD~1")}


def read(tmp_path, origin, sha256):
    clone, host = tmp_path / "clones/name", tmp_path / "host"
    people_sources.read_repository(clone, {**origin, "sha256": sha256}, FILES, tmp_path / "files", host=host.as_uri())


@pytest.fixture
def sha256(tmp_path):
    (tmp_path / "expected/a").mkdir(parents=True)
    (tmp_path / "expected/a/one.wrd").write_text("0 16000 wanted\n")
    (tmp_path / "expected/a/two words.txt").write_text("wanted")
    return people_sources.digest(tmp_path / "expected", FILES)


def test_the_files_of_the_named_commit_are_fetched(tmp_path, origin, sha256):
    read(tmp_path, origin, sha256)
    found = {path.relative_to(tmp_path / "files").as_posix() for path in (tmp_path / "files").rglob("*.*")}
    assert found == FILES
    assert people_sources.annotated_words(tmp_path / "files", {"times_file": "a/one.wrd"}) == [(0.0, 1.0, "wanted")]


def test_a_clone_that_has_the_commit_is_read_without_a_host(tmp_path, origin, sha256):
    subprocess.run(["git", "clone", "--quiet", tmp_path / "host/owner/name", tmp_path / "clones/name"], check=True)
    (tmp_path / "host").rename(tmp_path / "gone")
    read(tmp_path, origin, sha256)
    assert (tmp_path / "files/a/two words.txt").read_text() == "wanted"


def test_files_with_another_digest_are_refused(tmp_path, origin):
    with pytest.raises(people_sources.SourceError, match="owner/name"):
        read(tmp_path, origin, "0" * 64)


def test_files_that_changed_in_the_cache_are_refused(tmp_path, origin, sha256):
    read(tmp_path, origin, sha256)
    (tmp_path / "files/a/one.wrd").write_text("0 16000 changed\n")
    with pytest.raises(people_sources.SourceError, match="owner/name"):
        read(tmp_path, origin, sha256)


@pytest.mark.parametrize(
    ("transcribed", "said"),
    [
        ("#", ""),
        ("ipu_3 c'est + tout {breath} @", "c'est tout"),
        ("gpd_5 le comble", "le comble"),
        ("j'ai p- j'ai pas", "j'ai j'ai pas"),
        ("aquell any va se(r)", "aquell any va ser"),
        ("nosaltres no [som,soms] un país", "nosaltres no som un país"),
        ("alors <euh,et> ils", "alors euh ils"),
        ("sur $ Arles $ depuis", "sur Arles depuis"),
        ("\ufeff昨晚", "昨晚"),
        ("c'est la, ?", "c'est la, ?"),
        ("+ ?", ""),
    ],
)
def test_marks_of_a_transcript_are_not_said(transcribed, said):
    assert people_sources.plain_utterance(transcribed) == said


TRANSCRIPT = """
"IntervalTier"
"IPU"
0
3
2
0
1
"ipu_1"
1
3
"#"
"IntervalTier"
"transcription"
0
3
3
0
1
"ipu_1 la nuit"
1
2.5
"#"
2.5
3
"ipu_2 était belle"
"""


def test_utterances_are_read_from_the_last_tier(tmp_path):
    (tmp_path / "a.TextGrid").write_text(TRANSCRIPT)
    entry = {"text_file": "a.TextGrid"}
    assert people_sources.utterances(tmp_path, entry) == [(0, 1, "la nuit"), (2.5, 3, "était belle")]


def test_a_plain_transcript_has_no_utterances(tmp_path):
    (tmp_path / "a.txt").write_text("la nuit")
    assert people_sources.utterances(tmp_path, {"text_file": "a.txt"}) == []


def test_a_collection_lists_its_recordings_once():
    collection = {
        "name": "a corpus",
        "source": "somewhere",
        "folder": "data",
        "audio": ".wav",
        "times": ".wrd",
        "held_out": True,
        "recordings": ["ann/1", "bob/1"],
    }
    first, second = people_sources.entries_of(collection)
    assert (first["file"], first["times_file"], first["speaker"]) == ("data/ann/1.wav", "data/ann/1.wrd", "ann")
    assert (second["name"], second["collection"], second["held_out"]) == ("bob/1", "a corpus", True)
