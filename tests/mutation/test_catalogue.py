"""The catalogue of bugs fits the source: each can still be planted."""

import re

import pytest

from tests.mutation import MUTATIONS, row
from tests.mutation.mutation import ROOT, Drifted, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_bug_can_still_be_planted(mutation: Mutation) -> None:
    mutation.check()


def test_the_catalogue_is_as_long_as_was_promised_and_names_each_bug_once() -> None:
    assert len(MUTATIONS) >= 25
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert {mutation.promise for mutation in MUTATIONS} == set(range(7))


def test_the_page_has_the_table_of_bugs() -> None:
    page = (ROOT / "docs" / "proof.md").read_text("utf-8").splitlines()
    assert [row(mutation) for mutation in MUTATIONS if row(mutation) not in page] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "proof.md").read_text("utf-8"))
    assert named
    missing = [(file, test) for file, test in named if not (ROOT / file).exists()]
    missing += [(file, test) for file, test in named if test and f"def {test}(" not in (ROOT / file).read_text("utf-8")]
    assert missing == []


def test_a_bug_whose_place_is_gone_or_doubled_is_an_error() -> None:
    mutation = Mutation("a bug", 0, "file", "old", "new", ())
    assert mutation.applied_to("an old one") == "an new one"
    for text in ("a new one", "old and old"):
        with pytest.raises(Drifted):
            mutation.applied_to(text)
