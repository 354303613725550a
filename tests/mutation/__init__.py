"""Planting bugs one at a time, to see that the tests catch each: ``python -m tests.mutation``."""

from tests.mutation import flow, rules

MUTATIONS = (*rules.MUTATIONS, *flow.MUTATIONS)
