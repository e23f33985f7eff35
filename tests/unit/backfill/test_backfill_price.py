from pathlib import Path

import pytest

from syncline.backfill.price import Workload, quote, read_prices
from syncline.core.errors import InvalidInputError
from syncline.core.layout import RECORDING_EXTENSIONS
from syncline.core.options import Options

HOUR_OF_MP3 = 96 * 125 * 3600


def test_every_format_has_its_bit_rates_in_order() -> None:
    rates = read_prices().table["bitrates"]
    assert set(rates) == set(RECORDING_EXTENSIONS)
    assert all(low < usual < high for usual, low, high in rates.values())


def test_hours_are_a_range_around_the_usual_rate() -> None:
    hours = read_prices().hours({"mp3": HOUR_OF_MP3})
    assert hours.usual == pytest.approx(1.0)
    assert (hours.low, hours.high) == (pytest.approx(0.5), pytest.approx(2.0))


def test_every_language_adds_to_the_price() -> None:
    plain, translated = Workload(), Workload()
    plain.add("mp3", HOUR_OF_MP3, Options())
    translated.add("mp3", HOUR_OF_MP3, Options(translate_to=("ja", "fr")))
    cheap, dear = quote(plain, read_prices()), quote(translated, read_prices())
    assert list(dear.steps) == ["alignment", "fr", "ja"]
    assert dear.fargate.usual == pytest.approx(sum(dollars.usual for _, dollars in dear.steps.values()))
    assert dear.fargate.usual > cheap.fargate.usual > cheap.spot.usual > 0
    assert cheap.fargate.low < cheap.fargate.usual < cheap.fargate.high


def test_recordings_for_whisper_have_a_price_of_their_own() -> None:
    plain, mixed = Workload(), Workload()
    for _ in range(2):
        plain.add("mp3", HOUR_OF_MP3, Options())
    mixed.add("mp3", HOUR_OF_MP3, Options())
    mixed.add("mp3", HOUR_OF_MP3, Options(engine="whisper"))
    prices = read_prices()
    assert quote(plain, prices).vcpu_hours.usual == pytest.approx(2 * prices.table["work"]["align"])
    both = prices.table["work"]["align"] + prices.table["work"]["align_whisper"]
    assert quote(mixed, prices).vcpu_hours.usual == pytest.approx(both)


def test_entities_add_to_the_price_of_the_recordings_that_ask_for_them() -> None:
    work = Workload()
    work.add("mp3", HOUR_OF_MP3, Options(entities=True))
    work.add("mp3", HOUR_OF_MP3, Options())
    steps = quote(work, read_prices()).steps
    assert list(steps) == ["alignment", "entities"]
    assert 0 < steps["entities"][0].usual < 0.01 * steps["alignment"][0].usual


def test_a_storyboard_costs_what_the_video_takes_to_decode() -> None:
    work = Workload()
    work.add("mp4", 1_000_000, Options(storyboard=True))
    work.add("mp4", 1_000_000, Options())
    work.add("mp3", HOUR_OF_MP3, Options(storyboard=True))
    hours, prices = read_prices().hours({"mp4": 1_000_000}), read_prices()
    vcpu, _ = quote(work, prices).steps["storyboard"]
    assert vcpu.usual == pytest.approx(hours.usual * prices.table["work"]["storyboard"])


def test_more_tasks_take_less_time_and_cost_the_same() -> None:
    work = Workload()
    for _ in range(1000):
        work.add("mp3", HOUR_OF_MP3, Options())
    few, many = quote(work, read_prices(), tasks=10), quote(work, read_prices(), tasks=100)
    assert few.fargate == many.fargate
    assert few.wall_hours.usual > 5 * many.wall_hours.usual


def test_with_a_measured_speed_only_the_error_of_the_hours_remains() -> None:
    work = Workload()
    work.add("mp3", HOUR_OF_MP3, Options())
    vcpu = quote(work, read_prices(), speed=0.1).vcpu_hours
    assert (vcpu.low, vcpu.usual, vcpu.high) == (pytest.approx(0.05), pytest.approx(0.1), pytest.approx(0.2))


def test_another_table_overrides_only_its_own_values(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('date = "2027-01-01"\nregion = "eu-west-1"\n[fargate]\nx86_vcpu = 1.0\n', encoding="utf-8")
    prices = read_prices(table)
    assert (prices.date, prices.table["region"]) == ("2027-01-01", "eu-west-1")
    assert prices.table["fargate"]["x86_vcpu"] == 1.0
    assert prices.table["fargate"]["x86_gib"] == read_prices().table["fargate"]["x86_gib"]


@pytest.mark.parametrize(
    "text", ["[fargate]\nx86_vpcu = 1", "[nonsense]\na = 1", "[fargate]\nx86_vcpu = 'much'", "[bitrates]\nmp3 = 9", "="]
)
def test_a_misspelt_table_is_refused(tmp_path: Path, text: str) -> None:
    table = tmp_path / "prices.toml"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="price table"):
        read_prices(table)


def test_an_empty_workload_costs_nothing() -> None:
    price = quote(Workload(), read_prices())
    assert price.as_dict()["dollars"]["fargate"]["high"] == 0
    assert price.wall_hours.usual == 0
