import pickle

from syncline.core.errors import MediaError, SynclineError


def test_an_error_survives_the_way_out_of_a_child_process() -> None:
    error = pickle.loads(pickle.dumps(MediaError("It is empty.", code="empty", hint="Upload it again.")))
    assert type(error) is MediaError
    assert error.as_dict() == {"code": "empty", "message": "It is empty.", "hint": "Upload it again."}


def test_the_text_of_an_error_is_its_message_and_its_hint() -> None:
    assert str(SynclineError("It is empty.", hint="Upload it again.")) == "It is empty. Upload it again."
    assert str(SynclineError("It is empty.")) == "It is empty."


def test_text_that_no_file_accepts_is_replaced() -> None:
    assert SynclineError("the key \ud800").message == "the key ?"
