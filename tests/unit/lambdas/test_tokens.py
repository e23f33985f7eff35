import pytest

from lambdas.web import tokens
from lambdas.web.tokens import Tokens
from syncline.core.errors import SettingsError

A, B = "a" * 16, "b" * 16


class Secret:
    """Stands in for Secrets Manager and counts the reads."""

    def __init__(self, *valid: str) -> None:
        self.valid, self.reads, self.now = valid, 0, 0.0

    def fetch(self) -> tuple[str, ...]:
        self.reads += 1
        return self.valid

    def tokens(self) -> Tokens:
        return Tokens(self.fetch, clock=lambda: self.now)


def test_the_secret_is_cached() -> None:
    secret = Secret("old")
    cached = secret.tokens()
    assert all(cached.accept("old") for _ in range(5))
    assert secret.reads == 1


def test_both_tokens_are_valid_during_a_rotation() -> None:
    cached = Secret("new", "old").tokens()
    assert cached.accept("new")
    assert cached.accept("old")
    assert not cached.accept("older")


def test_a_new_token_is_valid_soon_after_it_was_stored() -> None:
    secret = Secret("old")
    cached = secret.tokens()
    assert cached.accept("old")
    secret.valid, secret.now = ("new", "old"), 11.0
    assert cached.accept("new")


def test_a_revoked_token_is_refused_when_the_cache_expires() -> None:
    secret = Secret("old")
    cached = secret.tokens()
    assert cached.accept("old")
    secret.valid, secret.now = ("new",), 301.0
    assert not cached.accept("old")


def test_wrong_tokens_do_not_cause_constant_reads() -> None:
    secret = Secret("right")
    cached = secret.tokens()
    for attempt in range(100):
        secret.now = attempt / 10
        assert not cached.accept("wrong")
    assert secret.reads == 1


@pytest.mark.parametrize("given", ["", " ", "righ", "right ", "é"])
def test_only_the_token_itself_is_accepted(given: str) -> None:
    assert not Secret("right").tokens().accept(given)


@pytest.mark.parametrize(
    ("secret", "valid"),
    [
        (f"{A}\n", (A,)),
        (f'{{"current": "{A}", "previous": "{B}"}}', (A, B)),
        (f'{{"current": "{A}", "previous": null}}', (A,)),
        (f'{{"current": "{A}"}}', (A,)),
        (f'{{"current": "{A}", "previous": ""}}', (A,)),
        (f'{{"current": "{A}", "previous": "short"}}', (A,)),
    ],
)
def test_a_secret_is_a_token_or_names_two(secret: str, valid: tuple[str, ...]) -> None:
    assert tokens.parse(secret) == valid


@pytest.mark.parametrize("secret", ["", "  ", "{}", '{"current": ""}', '{"current": 3}', "{not json"])
def test_a_secret_without_a_token_is_a_bad_setting(secret: str) -> None:
    with pytest.raises(SettingsError, match="holds no token"):
        tokens.parse(secret)


@pytest.mark.parametrize("secret", ["x" * 15, f'{{"current": "short", "previous": "{A}"}}'])
def test_a_short_token_is_a_bad_setting(secret: str) -> None:
    with pytest.raises(SettingsError, match="16 characters"):
        tokens.parse(secret)


class Versions:
    """Secrets Manager with a current and a previous version of the secret."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, current: str, previous: str | None) -> None:
        self.current, self.previous = current, previous

    def get_secret_value(self, SecretId: str, VersionStage: str = "AWSCURRENT") -> dict[str, str]:
        value = self.current if VersionStage == "AWSCURRENT" else self.previous
        if value is None:
            raise self.exceptions.ResourceNotFoundException
        return {"SecretString": value}


@pytest.mark.parametrize(("previous", "valid"), [(None, (A,)), (B, (A, B)), ("short", (A,)), ("", (A,)), ("{", (A,))])
def test_the_previous_version_of_the_secret_is_valid_if_it_holds_a_token(
    previous: str | None, valid: tuple[str, ...]
) -> None:
    read = tokens.from_secret(lambda: Versions(A, previous), "token")
    assert read.fetch() == valid
