import pytest

from syncline.translation import quality_checks
from syncline.translation.quality_checks import COPY, EMPTY, LOOP, RUNAWAY, TOO_SHORT, WRONG_SCRIPT


def faults(text, translation, target="fr", source="en"):
    tokens, translated = text.split(), translation.split()
    return quality_checks.faults(
        text,
        translation,
        tokens=tokens,
        translated_tokens=translated,
        cap=2 * len(tokens) + 20,
        source=source,
        target=target,
    )


GOOD = [
    ("Life is like a box of chocolates.", "La vie est comme une boîte de chocolats.", "fr"),
    ("Life is like a box of chocolates.", "人生はチョコレートの箱のようなものだ。", "ja"),
    ("Gift", "贈り物", "ja"),
    ("Paris", "Paris", "fr"),
    ("No, no, no, no!", "Non, non, non, non !", "fr"),
    ("Windows PowerShell and Visual Studio Code", "Windows PowerShell と Visual Studio Code", "ja"),
    ("https://example.org/a/rather/long/path", "https://example.org/a/rather/long/path", "fr"),
    ("Various people, everywhere.", "人々、色々な人、ラーメン、様々。", "ja"),
    ("Мы идём домой.", "Ми йдемо додому.", "uk"),
    ("Microsoft Windows.", "Microsoft Windows。", "ja"),
    ("OKAY!", "OKAY！", "ja"),
    ("Anna und Bernd", "Анна и Bernd", "ru"),
    (
        "Jean-Baptiste Poquelin dit Molière, Ludwig van Beethoven",
        "Jean-Baptiste Poquelin dit Molière, Ludwig van Beethoven",
        "en",
    ),
    ("Barack Obama, Angela Merkel, Emmanuel Macron.", "Barack Obama, Angela Merkel, Emmanuel Macron.", "fr"),
    ("support@example.org, www.example.org/help", "support@example.org, www.example.org/help", "fr"),
    ("Curriculum vitae", "Curriculum vitae", "fr"),
    ("大阪大学", "大阪大学", "zh"),
    ("No no no no", "Non , non , non , non !", "fr"),
    ("well well well", "eh bien , eh bien , eh bien , eh bien !", "fr"),
    ("On sale since 1999: 3 items", "В продаже с 1999 года: 3 товара", "ru"),
]


@pytest.mark.parametrize(("text", "translation", "target"), GOOD)
def test_an_ordinary_translation_has_no_faults(text, translation, target):
    assert faults(text, translation, target) == ()


@pytest.mark.parametrize(
    ("text", "translation", "target", "fault"),
    [
        ("Hello there", "  ", "fr", EMPTY),
        ("Hello there", ". . . . .", "fr", EMPTY),
        ("It goes on and on in a long way", "il y a " * 6, "fr", LOOP),
        ("It goes on and on in a long way", "bla " * 9, "fr", LOOP),
        ("Short text", " ".join(f"mot{i}" for i in range(24)), "fr", RUNAWAY),
        (" ".join(f"word{i}" for i in range(40)), "oui oui peut-être", "fr", TOO_SHORT),
        ("This was never translated at all.", "This was never translated at all!", "fr", COPY),
        ("It is all the same to them and to everybody else", "je ne sais pas pourquoi il dit cela " * 3, "fr", LOOP),
        ("Thank you very much.", "Thank you very much.", "fr", COPY),
        ("Der Bundeskanzler besucht Frankreich.", "Der Bundeskanzler besucht Frankreich.", "en", COPY),
        ("明天我们一起去北京参观", "明天我们一起去北京参观", "ja", COPY),
        ("Where is the station?", "Gdzie jest stacja kolejowa?", "ja", WRONG_SCRIPT),
        ("Where is the station?", "駅はどこにありますか。", "ko", WRONG_SCRIPT),
        ("Where is the station?", "駅はどこにありますか。", "zh", WRONG_SCRIPT),
        ("私は学生です。", "私は学生です。", "en", WRONG_SCRIPT),
    ],
)
def test_a_wrong_translation_has_a_fault(text, translation, target, fault):
    assert fault in faults(text, translation, target)


@pytest.mark.parametrize(("source", "target"), [("hr", "bs"), ("sr", "hr"), ("no", "da"), ("id", "ms"), ("gl", "es")])
def test_related_languages_may_share_sentences(source, target):
    text = "Jedan te isti rečenica u oba jezika."
    assert faults(text, text, target, source) == ()
    assert faults(text, text, target, "cs") == (COPY,)


def test_a_loop_in_the_source_is_not_a_fault():
    assert faults("ha " * 12, "hi " * 12) == ()


@pytest.mark.parametrize("text", ["", "  \n", "42", "♪ ♫", "12:30 – 14:00", "😀", "?!"])
def test_blanks_numbers_and_symbols_are_not_translated(text):
    assert not quality_checks.translatable(text)


@pytest.mark.parametrize("text", ["a", "5 kg", "はい", "ก"])
def test_letters_of_any_script_are_translated(text):
    assert quality_checks.translatable(text)
