from syncline.core.suggestions import did_you_mean


def test_the_nearest_value_is_suggested() -> None:
    assert did_you_mean("alin", ["transcribe", "align", "aligned"]) == " Did you mean “align”?"


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert did_you_mean("xyz", ["transcribe", "align"]) == ""
