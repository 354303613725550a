"""The synchronous verbs are those on Trio."""

from exchange_client import Exchange, Market, SyncExchange, SyncMarket
from scripts.generate_sync import CLIENT, generate


def test_the_committed_verbs_are_what_the_generator_writes() -> None:
    for name, code in generate().items():
        assert (CLIENT / name).read_text("utf-8") == code, "run `uv run python -m scripts.generate_sync`"


def test_both_faces_of_the_client_have_the_same_names() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")} - {"begin"}

    assert names(SyncMarket) == names(Market)
    assert names(SyncExchange) - {"close"} == names(Exchange)
