from scripts.training.learn_letter_to_sound import align_letters, initial_score, learn


def test_letters_to_phones_are_learnt_from_examples() -> None:
    entries = [
        ("cat", ("K", "AE", "T")),
        ("act", ("AE", "K", "T")),
        ("cab", ("K", "AE", "B")),
        ("tab", ("T", "AE", "B")),
    ]

    table = learn(entries * 2)

    assert table["|c|"] == "K"
    assert table["|b|"] == "B"


def test_phones_are_distributed_among_letters_in_order() -> None:
    yields = align_letters("box", ("B", "AA", "K", "S"), initial_score)

    assert [phone for phones in yields for phone in phones] == ["B", "AA", "K", "S"]
    assert len(yields) == 3


def test_a_word_with_too_many_phones_has_no_alignment() -> None:
    assert align_letters("a", ("EY", "B", "IY"), initial_score) == []
