import pytest

from syncline.core.formats import FORMATS, OutputFormat
from syncline.core.results import content_type_of


@pytest.mark.parametrize("output_format", FORMATS, ids=lambda found: found.name)
def test_a_result_has_the_content_type_of_its_format(output_format: OutputFormat) -> None:
    assert content_type_of(output_format.file_name("en")) == output_format.content_type


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("captions.en.retimed.vtt", "text/vtt; charset=utf-8"),
        ("storyboard-1.jpg", "image/jpeg"),
        ("waveform.dat", "application/octet-stream"),
    ],
)
def test_other_results_have_a_content_type(name: str, content_type: str) -> None:
    assert content_type_of(name) == content_type
