from scripts.setup_progress import progress

OUTPUT = [
    "Obtaining file:///srv/syncline",
    *(f"Collecting package-{number}>=1 (from syncline==1.0.0)" for number in range(1, 13)),
    "  Using cached package-1-1.0-py3-none-any.whl",
    "Installing collected packages: package-1, package-2, package-3",
]


def test_every_package_is_counted_and_every_tenth_gets_a_line() -> None:
    shown = list(progress(OUTPUT))
    assert len(shown) == 13
    assert [text for text, important in shown if important] == [
        "setup: 10 packages found, the last is package-10",
        "setup: installing 3 packages",
    ]
