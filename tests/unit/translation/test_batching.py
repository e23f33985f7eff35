from hypothesis import given
from hypothesis import strategies as st

from syncline.translation.batching import plan_batches


@given(st.lists(st.integers(0, 300), max_size=80), st.integers(1, 2000))
def test_every_item_is_in_one_batch_and_batches_fit_the_budget(lengths, budget):
    batches = plan_batches(lengths, budget=budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_the_longest_come_first_and_neighbours_have_similar_lengths():
    assert plan_batches([3, 50, 4, 49], budget=100) == [[1, 3], [2, 0]]


def test_the_same_lengths_give_the_same_batches():
    assert plan_batches([5, 5, 5], budget=10) == plan_batches([5, 5, 5], budget=10) == [[0, 1], [2]]
