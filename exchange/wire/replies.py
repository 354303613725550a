"""Replies: results and refusals as elements of a frame, and the messages that keep a connection going."""

from collections.abc import Callable
from typing import Any

from exchange.core import facts
from exchange.core.refusals import Refusal
from exchange.wire.credentials import REPLY_WRITERS
from exchange_client.schema import server_pb2

ServerMessage = server_pb2.ServerMessage


def element(message: ServerMessage) -> bytes:
    """A message as an element of a frame."""
    return server_pb2.ServerFrame(messages=[message]).SerializeToString()


def encode_outcome(request_id: int, sequence: int, time: int, outcome: facts.Result | Refusal) -> bytes:
    """The reply to a request, whatever became of it."""
    if isinstance(outcome, Refusal):
        return encode_refusal(request_id, sequence, time, outcome)
    return encode_result(request_id, sequence, time, outcome)


class OrderResultEncoder:
    """Encodes the reply to an order by filling in one message again and again. For one thread."""

    def __init__(self) -> None:
        self._frame = server_pb2.ServerFrame()
        self._message = self._frame.messages.add()
        self._result = self._message.order_result

    def encode(self, request_id: int, sequence: int, time: int, outcome: facts.OrderResult) -> bytes:
        """The same bytes as ``encode_result``."""
        message, result = self._message, self._result
        message.request_id = request_id
        message.sequence = sequence
        message.time = time
        result.order_id, result.filled, result.filled_value, result.remaining, result.dropped = outcome
        return self._frame.SerializeToString()


def encode_result(request_id: int, sequence: int, time: int, result: facts.Result) -> bytes:
    """The reply to a request that was executed."""
    frame = server_pb2.ServerFrame()
    message = frame.messages.add()
    message.request_id = request_id
    message.sequence = sequence
    message.time = time
    _WRITERS[type(result)](message, result)
    return frame.SerializeToString()


def encode_refusal(request_id: int, sequence: int, time: int, refusal: Refusal) -> bytes:
    """The reply to a request that changed nothing."""
    message = ServerMessage(request_id=request_id, sequence=sequence, time=time)
    body = message.refusal
    body.code = refusal.code  # type: ignore[assignment]
    body.field = refusal.field
    body.message = refusal.message
    body.retry_after_ms = refusal.retry_after_ms
    return element(message)


def encode_pong(request_id: int, sequence: int, time: int) -> bytes:
    message = ServerMessage(request_id=request_id, sequence=sequence, time=time)
    message.pong.server_time = time
    return element(message)


def encode_done(request_id: int, sequence: int, time: int) -> bytes:
    """The reply to a session request that was carried out."""
    return encode_result(request_id, sequence, time, facts.Done())


def encode_heartbeat(time: int) -> bytes:
    message = ServerMessage()
    message.heartbeat.server_time = time
    return element(message)


def encode_restart_notice(reconnect_after_ms: int, deadline: int) -> bytes:
    message = ServerMessage()
    notice = message.server_notice
    notice.kind = server_pb2.NOTICE_KIND_RESTART
    notice.reconnect_after_ms = reconnect_after_ms
    notice.deadline = deadline
    return element(message)


def _write_order(message: ServerMessage, result: facts.OrderResult) -> None:
    _fill_order(message.order_result, result)


def _fill_order(order: server_pb2.OrderResult, result: facts.OrderResult) -> None:
    order.order_id, order.filled, order.filled_value, order.remaining, order.dropped = result


def _write_cancel(message: ServerMessage, result: facts.CancelResult) -> None:
    _fill_cancel(message.cancel_result, result)


def _write_batch(message: ServerMessage, result: facts.BatchResult) -> None:
    message.batch_result.SetInParent()
    for step in result.results:
        written = message.batch_result.results.add()
        if isinstance(step, facts.OrderResult):
            _fill_order(written.order, step)
        elif isinstance(step, facts.CancelResult):
            _fill_cancel(written.cancel, step)
        else:
            written.already_ended = True


def _fill_cancel(cancel: server_pb2.CancelResult, result: facts.CancelResult) -> None:
    cancel.SetInParent()
    cancel.order_ids.extend(result.order_ids)
    cancel.size = result.size


def _write_created(message: ServerMessage, result: facts.Created) -> None:
    message.created.id = result.identifier


def _write_done(message: ServerMessage, result: facts.Done) -> None:
    message.done.SetInParent()


_WRITERS: dict[type, Callable[[ServerMessage, Any], None]] = {
    facts.OrderResult: _write_order,
    facts.CancelResult: _write_cancel,
    facts.BatchResult: _write_batch,
    facts.Created: _write_created,
    facts.Done: _write_done,
    **REPLY_WRITERS,
}
