import pytest

from syncline.speech import japanese, korean, mandarin
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript


@pytest.mark.parametrize(
    ("reading", "ipa"),
    [
        ("トーキョー", "tokjo"),
        ("シャシン", "ʃaʃin"),
        ("ファイル", "ɸaiɾɯ"),
        ("ガッコー", "ɡako"),
        ("チョット", "tʃoto"),
        ("ジュース", "dʒɯsɯ"),
        ("ヲ", "o"),
    ],
)
def test_kana_become_ipa(reading: str, ipa: str) -> None:
    assert japanese.ipa(reading) == ipa


@pytest.mark.parametrize(
    ("word", "ipa"),
    [
        ("독립문", "toŋnimmun"),
        ("신라", "silla"),
        ("한국말", "hanɡuŋmal"),
        ("옷이", "osi"),
        ("같이", "kadʑi"),
        ("좋아요", "tɕoajo"),
        ("없어요", "ʌpsʌjo"),
        ("감사합니다", "kamsahamnida"),
    ],
)
def test_neighbouring_consonants_assimilate(word: str, ipa: str) -> None:
    assert korean.ipa(word) == ipa


@pytest.mark.parametrize(
    ("reading", "ipa"),
    [("zhong guo", "tʂʊŋkwo"), ("xue", "ɕɥɛ"), ("nv", "ny"), ("shi", "ʂɨ"), ("yuan", "ɥɛn"), ("wo men", "womən")],
)
def test_pinyin_becomes_ipa(reading: str, ipa: str) -> None:
    assert mandarin.ipa(reading) == ipa


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"),
        (7, "七"),
        (10, "十"),
        (15, "十五"),
        (205, "二百零五"),
        (1984, "一千九百八十四"),
        (12_045, "一万二千零四十五"),
        (10**8, "一亿"),
    ],
)
def test_chinese_numbers(value: int, words: str) -> None:
    assert mandarin.number_words(value) == words


def test_japanese_words_are_nouns_and_verbs_with_what_follows_them() -> None:
    pytest.importorskip("fugashi", reason="the extra languages-cjk is not installed")
    text = "昨日の夜、海で食べました"
    found = [(text[start:end], reading) for start, end, reading in japanese.segment(text)]
    assert found == [
        ("昨日の", "キノーノ"),
        ("夜", "ヨル"),
        ("海で", "ウミデ"),
        ("食べました", "タベマシタ"),
    ]


def test_chinese_words_have_their_particles() -> None:
    pytest.importorskip("jieba", reason="the extra languages-cjk is not installed")
    text = "我的女儿知道"
    found = [(text[start:end], reading) for start, end, reading in mandarin.segment(text)]
    assert found == [("我的", "wo3 de5"), ("女儿", "nv3 er2"), ("知道", "zhi1 dao4")]


@pytest.mark.parametrize(("code", "text"), [("ja", "私はYouTubeで食べた"), ("zh", "我在YouTube上吃了")])
def test_a_foreign_word_is_a_word_of_its_own(code: str, text: str) -> None:
    pytest.importorskip("fugashi", reason="the extra languages-cjk is not installed")
    found = pronounce_transcript(text, code)
    assert "YouTube" in [token.text for token in found.tokens]
    assert len(found.words) == len(found.tokens)
