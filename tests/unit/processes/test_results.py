import os
import pickle
from multiprocessing import Pipe

import pytest

from syncline.core.engines import ENGINES
from syncline.processes.results import ResultConnection
from syncline.speech.whisper.agreement import Opinion


class Call:
    """Pickled as a call of `function`."""

    def __init__(self, function, *arguments):
        self._reduced = function, arguments

    def __reduce__(self):
        return self._reduced


@pytest.fixture
def received():
    """What the parent receives of what a child sends."""

    def receive(sent):
        ours, theirs = Pipe()
        with ours, theirs, ResultConnection(os.dup(ours.fileno())) as connection:
            theirs.send_bytes(pickle.dumps(sent))
            return connection.recv()

    return receive


def test_data_is_received(received):
    assert received({"engines": list(ENGINES), "opinion": Opinion.AGREES}) == {
        "engines": list(ENGINES),
        "opinion": Opinion.AGREES,
    }


def test_a_member_of_an_enumeration_is_received_from_every_version_of_python(received):
    assert received(Call(getattr, Opinion, "AGREES")) is Opinion.AGREES  # as Python 3.11.0 to 3.11.3 pickle it


@pytest.mark.parametrize(
    "call",
    [
        Call(getattr, Opinion, "__class__"),
        Call(getattr, Call(getattr, Opinion, "AGREES"), "__class__"),
        Call(getattr, "text", "format"),
        Call(os.getpid),
        Call(eval, "1"),
    ],
    ids=["attribute", "attribute of a member", "method", "function", "eval"],
)
def test_a_call_is_refused(received, call):
    with pytest.raises(TypeError, match="unexpected message"):
        received(call)
