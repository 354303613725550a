"""Replies, as the client's own values."""

from collections.abc import Callable
from typing import Any

from exchange_client.enums import RefusalCode
from exchange_client.errors import Refused
from exchange_client.number import in_cash, in_contracts
from exchange_client.schema import server_pb2, types_pb2
from exchange_client.values import BatchResult, CancelResult, Created, Done, NewApiKey, OrderResult, Result


def refused(refusal: server_pb2.Refusal) -> Refused:
    """A refusal as an exception. A code of a newer exchange keeps its number."""
    name = types_pb2.RefusalCode.Name(refusal.code) if refusal.code in types_pb2.RefusalCode.values() else ""
    code = RefusalCode.__members__.get(name.removeprefix("REFUSAL_CODE_"), RefusalCode.UNRECOGNISED)
    retry_after = refusal.retry_after_ms / 1000 if refusal.retry_after_ms else None
    return Refused(code, int(refusal.code), refusal.message, refusal.field, retry_after)


def result_of(reply: server_pb2.ServerMessage) -> Result:
    """What a reply says. Raises :class:`Refused`; a kind this version does not know counts as done."""
    kind = reply.WhichOneof("message") or ""
    if kind == "refusal":
        raise refused(reply.refusal)
    return _RESULTS.get(kind, _done)(reply)


def _done(reply: server_pb2.ServerMessage) -> Done:
    return Done(reply.sequence, reply.time)


def _order(result: server_pb2.OrderResult, reply: server_pb2.ServerMessage) -> OrderResult:
    return OrderResult(
        result.order_id,
        in_contracts(result.filled),
        in_cash(result.filled_value),
        in_contracts(result.remaining),
        in_contracts(result.dropped),
        reply.sequence,
        reply.time,
    )


def _cancel(result: server_pb2.CancelResult, reply: server_pb2.ServerMessage) -> CancelResult:
    return CancelResult(tuple(result.order_ids), in_contracts(result.size), reply.sequence, reply.time)


def _order_result(reply: server_pb2.ServerMessage) -> OrderResult:
    return _order(reply.order_result, reply)


def _cancel_result(reply: server_pb2.ServerMessage) -> CancelResult:
    return _cancel(reply.cancel_result, reply)


def _batch_result(reply: server_pb2.ServerMessage) -> BatchResult:
    steps = (
        _order(step.order, reply) if step.HasField("order") else _cancel(step.cancel, reply)
        for step in reply.batch_result.results
    )
    return BatchResult(tuple(steps), reply.sequence, reply.time)


def _created(reply: server_pb2.ServerMessage) -> Created:
    return Created(reply.created.id, reply.sequence, reply.time)


def _api_key_created(reply: server_pb2.ServerMessage) -> NewApiKey:
    return NewApiKey(reply.api_key_created.key_id, reply.api_key_created.key, reply.sequence, reply.time)


_RESULTS: dict[str, Callable[[Any], Result]] = {
    "order_result": _order_result,
    "cancel_result": _cancel_result,
    "batch_result": _batch_result,
    "created": _created,
    "api_key_created": _api_key_created,
}
