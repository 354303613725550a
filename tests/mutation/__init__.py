"""Planting bugs one at a time, to see that the tests catch each: ``python -m tests.mutation``."""

from tests.mutation import client, flow, rules
from tests.mutation.mutation import Mutation

MUTATIONS = (*rules.MUTATIONS, *flow.MUTATIONS, *client.MUTATIONS)


def row(mutation: Mutation) -> str:
    """Its line in the table of ``docs/proof.md``."""
    where = ", ".join(test.removeprefix("tests/").removesuffix(".py") for test in mutation.tests)
    return f"| {mutation.name} | {mutation.promise or 'rules'} | {where} |"
