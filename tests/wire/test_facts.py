"""Facts go into a record and come out of it the same; the quick encoders write what the general ones do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.facts import Fill, OrderPlaced, OrderResult, Reduction
from exchange.core.units import Side, TimeInForce
from exchange.wire.facts import OrderEncoder, encode_facts
from exchange.wire.records import decode_facts
from exchange.wire.replies import OrderResultEncoder, encode_result

_ids = st.integers(1, 2**63 - 1)
_prices = st.integers(-(10**8), 10**8)
_sizes = st.integers(1, 10**8)
_fills = st.lists(st.builds(Fill, _ids, _ids, _sizes, _prices), max_size=3).map(tuple)
_reductions = st.lists(st.builds(Reduction, _ids, _sizes), max_size=3).map(tuple)
_placed = st.builds(
    OrderPlaced, _ids, _ids, _ids, st.sampled_from(Side), _prices, _sizes, st.integers(0, 10**8), _fills, _reductions,
    st.sampled_from(TimeInForce), st.integers(0, 2**62), st.just(b""), st.just(0), st.booleans(),
)  # fmt: skip
_results = st.builds(OrderResult, _ids, st.integers(0, 10**8), _prices, st.integers(0, 10**8), st.integers(0, 10**8))


@given(st.lists(_placed, min_size=1, max_size=4))
def test_a_reused_message_says_what_a_new_one_says(facts: list[OrderPlaced]) -> None:
    encoder = OrderEncoder()
    for sequence, fact in enumerate(facts, 1):
        record = encoder.encode(sequence, 2**60, fact)
        assert decode_facts(record) == [fact] == decode_facts(encode_facts(sequence, 2**60, [fact]))


@given(st.lists(_results, min_size=1, max_size=4))
def test_a_reused_reply_says_what_a_new_one_says(results: list[OrderResult]) -> None:
    encoder = OrderResultEncoder()
    for number, result in enumerate(results, 1):
        assert encoder.encode(number, number, 2**60, result) == encode_result(number, number, 2**60, result)


def test_an_order_that_could_not_be_encoded_leaves_nothing_in_the_next() -> None:
    fills = (Fill(1, 2, 3, 4), Fill(-1, 2, 3, 4))  # there is no negative id
    bad = OrderPlaced(1, 2, 3, Side.BUY, 5, 6, 0, fills, (), TimeInForce.GTC, 0, b"", 0, False)
    good = bad._replace(fills=(), remaining=6)
    encoder = OrderEncoder()
    with pytest.raises(ValueError, match="range"):
        encoder.encode(1, 1, bad)
    assert decode_facts(encoder.encode(1, 1, good)) == [good]
