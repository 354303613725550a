"""The table of docs/protocol.md has a row for every request, and speaks of every fact."""

import re
from pathlib import Path

from exchange.core import facts
from exchange.wire.facts import fact_kinds
from exchange_client.schema import client_pb2

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
REQUESTS = {
    field.message_type.name
    for field in client_pb2.ClientMessage.DESCRIPTOR.oneofs_by_name["request"].fields
    if field.message_type is not None
}


def test_every_request_has_a_row() -> None:
    rows = set(re.findall(r"^\| (\w+)", PAGE, re.MULTILINE))
    assert REQUESTS - rows == set()


def test_every_fact_is_spoken_of() -> None:
    assert {kind.__name__ for kind in fact_kinds()} - set(re.findall(r"\w+", PAGE)) == set()


def test_every_kind_of_fact_can_be_encoded() -> None:
    assert set(fact_kinds()) == set(facts.Fact.__args__)
