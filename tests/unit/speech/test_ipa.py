import pytest

from syncline.speech import ipa


def plain(pronunciation: ipa.NamedPronunciation) -> str:
    """ "K AA|AH T": alternatives with "|" between them, "-" for none."""
    return " ".join("|".join("+".join(names) or "-" for names in choice) for choice in pronunciation)


@pytest.mark.parametrize(
    ("sounds", "phones"),
    [
        ("kwɛsta", ["K|G W|V EH|AE S|Z T|D AA|AH|AE"]),
        ("t͡ʃitːa", ["CH IY|IH T|D AA|AH|AE"]),  # one phone for the affricate, and one for the long t
        ("ˈkaˌsa", ["K|G AA|AH|AE S|Z AA|AH|AE"]),
        ("bɔ̃", ["B|P AO|OW N", "B|P AO|OW"]),  # a nasal vowel at the end, with and without N
        ("bɔ̃te", ["B|P AO|OW N|- T|D EH|EY"]),
        ("ho", ["HH OW|AO", "OW", "AO"]),
        ("e", ["EH", "EY"]),
        ("br̩zi", ["B|P ER|AH+R Z|S IY|IH"]),
        ("dʲenʲ", ["D|T -|Y EH|EY N", "D|T -|Y EH|EY N Y"]),
        ("", []),
        ("ʔ", []),
        ("!?", []),
    ],
)
def test_sounds_become_the_nearest_phones(sounds: str, phones: list[str]) -> None:
    assert [plain(found) for found in ipa.pronunciations(sounds, {})] == phones


def test_a_language_maps_its_own_sounds() -> None:
    assert plain(ipa.pronunciations("kax", {"x": "HH | K"})[0]) == "K|G AA|AH|AE HH|K"


def test_first_and_last_phones_are_always_spoken() -> None:
    for found in ipa.pronunciations("hɦahh", {}):
        assert () not in found[0] and () not in found[-1]
