import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import formats, options
from syncline.core.errors import InvalidOptionsError
from syncline.core.languages import CODES
from syncline.core.options import Options

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(options.MODES),
        "language": st.just("en"),
        "translate_to": st.lists(st.sampled_from(sorted(CODES - {"en"})), max_size=4),
        "engine": st.sampled_from(sorted(options.ENGINES)),
        "conservative": st.booleans(),
        "disfluency": st.booleans(),
        "outputs": st.lists(st.sampled_from(formats.NAMES), max_size=5),
        "entities": st.booleans(),
        "questions": st.lists(
            st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=30), max_size=4
        ),
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(OPTIONS)
def test_accepted_options_survive_the_record(values: dict[str, object]) -> None:
    chosen = options.merge(Options(), {}, json.dumps(values).encode())
    assert options.from_record(chosen.as_record()) == chosen


def test_a_record_has_newer_options_only_where_they_are_used() -> None:
    """Workers of version 0.1 refuse options that they do not know."""
    known = {"mode", "language", "translate_to", "engine", "conservative", "disfluency", "outputs"}
    assert set(Options().as_record()) == known
    assert set(Options(entities=True).as_record()) == known | {"entities"}


@given(OPTIONS)
def test_canonical_text_does_not_depend_on_the_order_of_the_fields(values: dict[str, object]) -> None:
    backwards = dict(reversed(values.items()))
    one = options.merge(Options(), {}, json.dumps(values).encode())
    other = options.merge(Options(), {}, json.dumps(backwards).encode())
    assert one.canonical() == other.canonical()


@given(JSON | st.dictionaries(st.sampled_from(options.FIELDS), JSON))
def test_whatever_the_document_holds_it_is_accepted_or_refused_with_a_reason(document: object) -> None:
    try:
        options.merge(Options(), {}, json.dumps(document).encode())
    except InvalidOptionsError as error:
        assert error.message
        assert error.hint


@given(st.binary(max_size=60))
def test_any_bytes_are_accepted_or_refused_with_a_reason(document: bytes) -> None:
    try:
        options.merge(Options(), {}, document)
    except InvalidOptionsError as error:
        assert error.hint


def test_the_document_wins_over_metadata_and_metadata_over_defaults_field_by_field() -> None:
    defaults = Options(engine="gentle", translate_to=("de",), conservative=True)
    metadata = {"translate-to": "ja, fr", "engine": "pocketsphinx", "mtime": "17"}
    merged = options.merge(defaults, metadata, b'{"engine": "gentle"}')
    assert (merged.engine, merged.translate_to, merged.conservative) == ("gentle", ("ja", "fr"), True)


def test_a_mistake_in_metadata_is_mended_by_the_document() -> None:
    mistaken = {"translate-to": "klingon"}
    with pytest.raises(InvalidOptionsError):
        options.merge(Options(), mistaken, b"{}")
    assert options.merge(Options(), mistaken, b'{"translate_to": ["ja"]}').translate_to == ("ja",)


def test_json_is_always_among_the_outputs() -> None:
    assert options.from_dict({"outputs": ["vtt"]}) == {"outputs": ("json", "vtt")}


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"translateto": ["ja"]}, "Did you mean “translate_to”?", "mode, language, translate_to"),
        ({"engine": "kaldi"}, "engine cannot be “kaldi”", "gentle, pocketsphinx"),
        ({"translate_to": ["jp"]}, "“jp” is not a language code", "af am ar"),
        ({"translate_to": "ja"}, "translate_to is not a list", "translate_to as"),
        ({"conservative": "yes"}, "conservative cannot be “yes”", "true, false"),
        ({"language": "th"}, "pocketsphinx does not know the language “th”", "the engine whisper"),
        ({"language": "auto"}, "pocketsphinx cannot detect the language", "the engine whisper"),
        ({"language": "xh"}, "language cannot be “xh”", "en"),
        ({"language": "Auto"}, "is not a language code", "af am ar"),
        ({"language": "eu", "engine": "whisper", "translate_to": ["en"]}, "from Basque (eu)", "translate_to out"),
        ({"mode": 3}, "mode cannot be “3”", "align, transcribe"),
        ({"translate_to": ["en"]}, "which is the spoken language", "Leave it out"),
    ],
)
def test_refusals_say_what_is_allowed(values: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        options.merge(Options(), {}, json.dumps(values).encode())
    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("values", "code", "hint"),
    [
        ({"language": "th"}, "engine_language", "a model for several languages, such as whisper-base."),
        (
            {"language": "eu", "engine": "whisper", "translate_to": ["en"]},
            "unknown_language",
            "Leave translate_to out.",
        ),
        ({"translate_to": ["en"]}, "same_language", "captions in the spoken language are written anyway."),
        ({"engine": "x" * 100}, "invalid_options", "Allowed are: gentle, pocketsphinx, whisper."),
    ],
)
def test_refusals_have_a_code_and_say_what_to_do(values: dict[str, object], code: str, hint: str) -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        options.merge(Options(), {}, json.dumps(values).encode())
    assert refused.value.code == code
    assert refused.value.hint.endswith(hint)
    assert "x" * 81 not in refused.value.message


@pytest.mark.parametrize(("given", "code"), [("auto", "auto"), ("it-IT", "it"), ("nb", "no"), ("eu", "eu")])
def test_whisper_takes_many_spoken_languages_and_detects_them(given: str, code: str) -> None:
    document = json.dumps({"language": given, "engine": "whisper"}).encode()
    assert options.merge(Options(), {}, document).language == code


def test_languages_are_resolved_and_named_once() -> None:
    assert options.from_dict({"translate_to": ["pt-BR", "pt", "nb"]}) == {"translate_to": ("pt", "no")}


def test_entities_are_refused_in_a_language_without_a_model() -> None:
    korean = replace(Options(), language="ko", engine="whisper")
    with pytest.raises(InvalidOptionsError, match="no model that finds entities in the language “ko”"):
        options.merge(korean, {"entities": "true"}, None)
    assert options.merge(korean, {}, None).entities is False


def test_a_question_may_contain_commas_and_stands_alone_in_metadata() -> None:
    asked = ("Who, if anyone, proposed the bridge?",)
    assert options.from_metadata({"questions": asked[0]}) == {"questions": asked}
    assert options.from_metadata(options.as_metadata({"questions": (*asked, "When?")})) == {
        "questions": (*asked, "When?")
    }


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([f"Who is {number}?" for number in range(21)], "21 sentences"), ([""], "cannot have “”"),
        (["Who?" * 60], "cannot have “Who?Who?"), ("x" * 201, "cannot have"), ({}, "not a list"), ([1], "not a list"),
    ],
)  # fmt: skip
def test_questions_that_cannot_be_asked_are_refused(questions: object, message: str) -> None:
    with pytest.raises(InvalidOptionsError) as refused:
        options.merge(Options(), {}, json.dumps({"questions": questions}).encode())
    assert message in refused.value.message


def test_questions_are_refused_in_a_language_without_a_model() -> None:
    with pytest.raises(InvalidOptionsError, match="no model that answers questions in the language “de”"):
        options.merge(replace(Options(), language="de"), {"questions": "Wer?"}, None)


def test_the_schema_describes_exactly_the_fields():
    described = options.schema()
    assert tuple(described["properties"]) == options.FIELDS
    assert all(entry["description"] for entry in described["properties"].values())


def test_the_schema_describes_each_kind_of_field() -> None:
    described = options.schema()
    assert (described["type"], described["additionalProperties"]) == ("object", False)
    kinds = {name: {**entry, "description": ""} for name, entry in described["properties"].items()}
    assert kinds["mode"] == {"type": "string", "enum": ["align", "transcribe"], "description": ""}
    assert kinds["entities"] == {"type": "boolean", "description": ""}
    outputs = {"type": "string", "enum": list(formats.NAMES)}
    assert kinds["outputs"] == {"type": "array", "items": outputs, "description": ""}
    question = {"type": "string", "minLength": 1, "maxLength": 200}
    assert kinds["questions"] == {"type": "array", "maxItems": 20, "items": question, "description": ""}


def test_metadata_is_written_as_people_write_it() -> None:
    chosen = {"translate_to": ("ja", "fr"), "entities": True, "conservative": False}
    assert options.as_metadata(chosen) == {"translate-to": "ja,fr", "entities": "true", "conservative": "false"}


def test_a_flag_in_metadata_is_true_or_false() -> None:
    assert options.from_metadata({"conservative": " TRUE ", "entities": "False"}) == {
        "conservative": True, "entities": False,
    }  # fmt: skip
    with pytest.raises(InvalidOptionsError, match="conservative cannot be “maybe”"):
        options.from_metadata({"conservative": "maybe"})


@given(OPTIONS)
def test_options_survive_as_metadata(values: dict[str, object]) -> None:
    chosen = options.from_dict(values)
    given_again = options.from_metadata(options.as_metadata(chosen))
    assert {name: given_again.get(name) for name in chosen} == chosen


def test_the_revision_of_the_first_version_s_options_stays():
    """Records written before hold revisions that are digests over exactly this text."""
    assert Options().canonical() == (
        '{"conservative":false,"disfluency":false,"engine":"pocketsphinx","language":"en","mode":"align",'
        '"outputs":["json","srt","vtt"],"translate_to":[]}'
    )


def test_only_options_that_change_the_alignment_are_part_of_its_digest():
    assert Options().alignment_part() == {
        "mode": "align", "language": "en", "engine": "pocketsphinx", "conservative": False, "disfluency": False,
    }  # fmt: skip
    assert Options(translate_to=("ja",), outputs=("json",)).alignment_part() == Options().alignment_part()


def test_a_repeated_field_is_named():
    name = "x" * 100
    with pytest.raises(InvalidOptionsError) as refused:
        options.from_document(f'{{"{name}": 1, "{name}": 2}}'.encode())
    assert refused.value.message == f"The field “{name[:80]}” occurs twice."
    assert refused.value.hint == "Keep one of them."


def test_a_repeated_field_is_found_in_linear_time():
    many = ",".join(f'"f{number}": 1' for number in range(50_000))
    with pytest.raises(InvalidOptionsError, match="“f0” occurs twice"):
        options.from_document(f'{{{many}, "f0": 2}}'.encode())


@pytest.mark.parametrize(
    "metadata",
    [[], "a", {"a": 1}, {"a": ""}, {"": "a"}, {"a b": "c"}, {"a": "x" * 201}, {"a": "\n"}, {"a": "\ud800"},
     {str(number): "x" for number in range(21)}],
)  # fmt: skip
def test_wrong_metadata_is_refused_with_what_is_allowed(metadata: object) -> None:
    with pytest.raises(InvalidOptionsError, match="metadata") as caught:
        options.from_dict({"metadata": metadata})
    assert "20 names" in caught.value.hint


def test_metadata_is_a_part_of_the_revision_only_where_it_is_set() -> None:
    assert "metadata" not in Options().canonical()
    one, other = (
        options.merge(Options(), {"metadata": text}, None) for text in ('{"a":"1","b":"2"}', '{"b":"2","a":"1"}')
    )
    assert one.canonical() == other.canonical() != Options().canonical()
    assert one.as_dict()["metadata"] == {"a": "1", "b": "2"}
    assert "metadata" not in one.alignment_part()


def test_options_survive_the_metadata_of_a_recording() -> None:
    given = options.from_dict({"metadata": {"a": "é, ü"}, "captions": {"profile": "bbc"}, "translate_to": ["ja", "fr"]})
    assert options.from_metadata(options.as_metadata(given)) == given
