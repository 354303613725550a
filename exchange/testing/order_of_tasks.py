"""Makes Trio run its tasks in an order that follows from a seed.

Trio shuffles ready tasks on purpose; the switch that makes the shuffle repeatable is private, and made for Hypothesis.
``tests/sim/test_order_of_tasks.py`` notices when it changes; where it is gone, the order is not repeatable.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trio._core import _run

_TRIO: Any = _run  # the names below are private


@contextmanager
def seeded_order(seed: int) -> Iterator[None]:
    """Runs of Trio inside the block order their tasks by ``seed``."""
    before, state = _TRIO._ALLOW_DETERMINISTIC_SCHEDULING, _TRIO._r.getstate()
    _TRIO._ALLOW_DETERMINISTIC_SCHEDULING = True
    _TRIO._r.seed(seed)
    try:
        yield
    finally:
        _TRIO._ALLOW_DETERMINISTIC_SCHEDULING = before
        _TRIO._r.setstate(state)
