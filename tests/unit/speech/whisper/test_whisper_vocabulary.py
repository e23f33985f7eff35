import json

import pytest

from syncline.speech.whisper.vocabulary import Vocabulary


@pytest.fixture
def vocabulary(tmp_path):
    """GPT-2's way to write bytes: "Ġ" is a space, "Ã©" the two bytes of "é"."""
    tokens = ["ĠCaf", "Ã©", "<|endoftext|>", "Ã", "©"]
    (tmp_path / "vocabulary.json").write_text(json.dumps(tokens), encoding="utf-8")
    return Vocabulary(tmp_path)


def test_tokens_are_decoded_as_bytes(vocabulary):
    assert vocabulary.text_of([0, 1, 2]) == " Café"


def test_a_character_may_be_split_over_tokens(vocabulary):
    assert vocabulary.text_of([0, 3, 4]) == " Café"


def test_half_a_character_does_not_raise(vocabulary):
    assert vocabulary.text_of([3]) == "�"


def test_a_text_file_has_one_token_per_line(tmp_path):
    (tmp_path / "vocabulary.txt").write_text("a\nĠb\n", encoding="utf-8")
    assert Vocabulary(tmp_path).text_of([0, 1]) == "a b"
