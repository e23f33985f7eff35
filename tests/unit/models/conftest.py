import random

import pytest

from tests.hub_server import HubState, serve

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_state():
    """A checkpoint with the files of M2M100. Its weights are noise, because no test converts them."""
    noise = random.Random(5)
    return HubState(
        repository="someone/tiny-m2m100",
        revision=REVISION,
        files={
            "README.md": b"not needed",
            "config.json": b"{}",
            "vocab.json": b'{"a": 1}',
            "sentencepiece.bpe.model": noise.randbytes(20_000),
            "special_tokens_map.json": b"{}",
            "pytorch_model.bin": noise.randbytes(3_000_000),
        },
    )


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub_url(hub_state):
    with serve(hub_state) as url:
        yield url
