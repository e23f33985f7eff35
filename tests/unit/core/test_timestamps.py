from datetime import UTC, datetime, timedelta, timezone

from syncline.core.timestamps import format_timestamp, utc_now


def test_times_of_any_zone_are_written_in_utc_and_cut_to_milliseconds() -> None:
    moment = datetime(2026, 1, 2, 5, 4, 5, 999_999, timezone(timedelta(hours=2)))
    assert format_timestamp(moment) == "2026-01-02T03:04:05.999Z"


def test_the_clock_knows_its_zone() -> None:
    assert utc_now().tzinfo is UTC
