import pytest

from lambdas.web import tokens
from lambdas.web.tokens import Tokens
from syncline.core.errors import SettingsError


class Secret:
    """What Secrets Manager would say, counting how often it is asked."""

    def __init__(self, *valid: str) -> None:
        self.valid, self.asked, self.now = valid, 0, 0.0

    def fetch(self) -> tuple[str, ...]:
        self.asked += 1
        return self.valid

    def tokens(self) -> Tokens:
        return Tokens(self.fetch, clock=lambda: self.now)


def test_the_secret_is_remembered() -> None:
    secret = Secret("old")
    known = secret.tokens()
    assert all(known.accept("old") for _ in range(5))
    assert secret.asked == 1


def test_while_a_token_is_rotated_both_open() -> None:
    known = Secret("new", "old").tokens()
    assert known.accept("new")
    assert known.accept("old")
    assert not known.accept("older")


def test_a_new_token_opens_soon_after_it_was_stored() -> None:
    secret = Secret("old")
    known = secret.tokens()
    assert known.accept("old")
    secret.valid, secret.now = ("new", "old"), 11.0
    assert known.accept("new")


def test_a_revoked_token_is_refused_once_the_memory_is_old() -> None:
    secret = Secret("old")
    known = secret.tokens()
    assert known.accept("old")
    secret.valid, secret.now = ("new",), 301.0
    assert not known.accept("old")


def test_nobody_can_make_us_ask_all_the_time() -> None:
    secret = Secret("right")
    known = secret.tokens()
    for attempt in range(100):
        secret.now = attempt / 10
        assert not known.accept("wrong")
    assert secret.asked == 1


@pytest.mark.parametrize("given", ["", " ", "righ", "right ", "é"])
def test_nothing_but_the_token_opens(given: str) -> None:
    assert not Secret("right").tokens().accept(given)


@pytest.mark.parametrize(
    ("secret", "valid"),
    [
        ("plain\n", ("plain",)),
        ('{"current": "a", "previous": "b"}', ("a", "b")),
        ('{"current": "a", "previous": null}', ("a",)),
        ('{"current": "a"}', ("a",)),
        ('{"current": "a", "previous": ""}', ("a",)),
    ],
)
def test_a_secret_is_a_token_or_names_two(secret: str, valid: tuple[str, ...]) -> None:
    assert tokens.parse(secret) == valid


@pytest.mark.parametrize("secret", ["", "  ", "{}", '{"current": ""}', '{"current": 3}', "{not json"])
def test_a_secret_without_a_token_is_a_bad_setting(secret: str) -> None:
    with pytest.raises(SettingsError, match="holds no token"):
        tokens.parse(secret)
