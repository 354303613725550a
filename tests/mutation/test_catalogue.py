"""The catalogue of bugs fits the source: each can still be planted."""

import pytest

from tests.mutation import MUTATIONS
from tests.mutation.mutation import Drifted, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_bug_can_still_be_planted(mutation: Mutation) -> None:
    mutation.check()


def test_the_catalogue_is_as_long_as_was_promised_and_names_each_bug_once() -> None:
    assert len(MUTATIONS) >= 25
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert {mutation.promise for mutation in MUTATIONS} == set(range(7))


def test_a_bug_whose_place_is_gone_or_doubled_is_an_error() -> None:
    mutation = Mutation("a bug", 0, "file", "old", "new", ())
    assert mutation.applied_to("an old one") == "an new one"
    for text in ("a new one", "old and old"):
        with pytest.raises(Drifted):
            mutation.applied_to(text)
