from __future__ import annotations

import base64
import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from syncline.core import message
from syncline.core.message import NotOursError, Order

texts = st.text(min_size=1, max_size=200)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
names = st.sampled_from(["body", "headers", "properties", "task", "id", "body_encoding", "args", "delivery_tag"])


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_any_text_is_refused_or_read_and_raises_nothing_else(body: str) -> None:
    with suppress(NotOursError):
        message.read(body)


@given(st.dictionaries(names, anything | st.dictionaries(names, anything)))
def test_any_envelope_is_refused_or_read_and_raises_nothing_else(document: dict[str, object]) -> None:
    with suppress(NotOursError):
        message.read(base64.b64encode(json.dumps(document).encode()).decode())


@given(texts, texts, texts)
def test_what_is_written_for_celery_reads_back(job_id: str, revision: str, task_id: str) -> None:
    order = Order(job_id, revision, task_id)

    assert message.read(json.dumps(message.write(order, handle="h", queue="live"))) == order
