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


LETTERS = ["a", "b", "Ġ", "1", "'", "s", "c"]


def tokens_of(tmp_path, text: str, *joined: str) -> list[str]:
    tokens = [*LETTERS, *joined]
    (tmp_path / "vocabulary.json").write_text(json.dumps(tokens), encoding="utf-8")
    return [tokens[token.id] for token in Vocabulary(tmp_path).tokens_of(text)]


def test_tokens_are_joined_in_the_order_of_the_vocabulary(tmp_path):
    assert tokens_of(tmp_path, "abc", "bc", "ab") == ["a", "bc"]
    assert tokens_of(tmp_path, "abc", "ab", "bc") == ["ab", "c"]
    assert tokens_of(tmp_path, "abc", "ab", "abc") == ["abc"]


def test_the_space_before_a_word_belongs_to_its_token(tmp_path):
    assert tokens_of(tmp_path, " a b", "Ġa", "aĠ") == ["Ġa", "Ġ", "b"]


def test_words_figures_and_endings_are_not_joined(tmp_path):
    assert tokens_of(tmp_path, "a1", "a1") == ["a", "1"]
    assert tokens_of(tmp_path, "a's", "a'", "'s") == ["a", "'s"]


def test_tokens_know_where_their_piece_begins(vocabulary):
    assert [(token.id, token.piece) for token in vocabulary.tokens_of("éé")] == [(1, 0), (1, 0)]
