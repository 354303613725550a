"""The step: decide, encode, apply, hand over, with nothing in between that can suspend.

Up to ``apply`` anything may fail and has then changed nothing. From ``apply`` on nothing may: an exception there means
that memory no longer is what the journal will say, and ends the process.

    decide    a refusal, or the facts a command causes          exchange.core, changes nothing
    encode    the record of the facts, their public form, the reply
    apply     memory moves from before the facts to after them
    rows      what the tables will say, copied from memory, and markets that somebody will be shown anew
    hand over the commit goes to the writer; its slot was taken before the step began

Because every task that changes the state does it in this step, all of them share one state without locks, and the
order of effects is the order of commits.
"""

from collections.abc import Callable, Sequence
from functools import partial

import trio

from exchange.core.apply import apply
from exchange.core.audience import (
    SEVERAL_MARKETS,
    access_changes,
    as_seen,
    audience_of,
    involved_accounts,
    market_of,
)
from exchange.core.commands import SYSTEM, Actor, Command, ReportFailure
from exchange.core.credentials import ApiKeyRevoked
from exchange.core.facts import Decision, Fact, MarketEdited, OrderPlaced, OrderResult
from exchange.core.lens import View, turns
from exchange.core.refusals import Code, Refusal
from exchange.core.rules import decide
from exchange.core.settlement import funds_above
from exchange.core.state import State
from exchange.tasks.commits import commit_of
from exchange.tasks.handover import NOBODY, Handover
from exchange.tasks.mailbox import Mailbox
from exchange.tasks.metrics import Metrics
from exchange.tasks.requests import Outcome, Request
from exchange.wire.facts import OrderEncoder, encode_facts
from exchange.wire.replies import OrderResultEncoder, encode_outcome
from exchange.wire.snapshots import private_parts, scene_of

_TOO_LATE = Refusal(Code.TOO_LATE, "valid_until", "The request arrived after its time and was not decided.")
_INTERNAL = Refusal(Code.INTERNAL, "", "The server failed on this request; nothing was changed. It has been reported.")

Decide = Callable[[State, Actor, Command, int], Refusal | Decision]


class TornMemory(BaseException):
    """An exception after the point of no return. Nothing may catch it but the end of the process."""


class Engine:
    """The state and the one way to change it. ``handovers`` has a place for every slot.

    ``rights_changed_at`` is the last sequence at which what somebody may see may have become something else.
    """

    def __init__(
        self,
        state: State,
        wall_clock_ns: Callable[[], int],
        slots: int,
        metrics: Metrics,
        decide: Decide = decide,
    ) -> None:
        self.state = state
        self.metrics = metrics
        self._slots = slots
        self._slot_given_back = trio.lowlevel.ParkingLot()
        self._wall_clock_ns = wall_clock_ns
        self._decide = decide
        self._orders = OrderEncoder()
        self._order_results = OrderResultEncoder()
        self._torn = False
        self.on_keys_ended: Callable[[Sequence[int]], Callable[[], None]] = lambda _: lambda: None
        self.rights_changed_at = state.sequence
        self.handovers: Mailbox[Handover] = Mailbox(slots)

    def close(self) -> None:
        """No more steps: the writer ends when it has taken what is there."""
        self.handovers.close()

    @property
    def handovers_waiting(self) -> int:
        """How many the writer has not taken yet."""
        return len(self.handovers)

    def now(self) -> int:
        """The time of a command decided now: never before that of the last one."""
        now, latest = self._wall_clock_ns(), self.state.time
        return now if now > latest else latest + 1

    async def take_slot(self) -> None:
        """Waits until the writer can be handed one more commit. A checkpoint only when it has to wait."""
        while not self._slots:
            await self._slot_given_back.park()
        self._slots -= 1

    def take_slot_nowait(self) -> bool:
        """Takes a slot if there is one."""
        if not self._slots:
            return False
        self._slots -= 1
        return True

    def give_back_slots(self, count: int = 1) -> None:
        """The writer has taken that many hand-overs."""
        self._slots += count
        self._slot_given_back.unpark(count=count)

    def execute(self, request: Request, now: int | None = None) -> None:
        """One step, at time ``now`` if that is given. Needs a slot, which the writer gives back. Never suspends.

        An exception of ``decide`` or of the encoders passes through, has changed nothing and leaves the slot with the
        caller.
        """
        state = self.state
        if now is None:
            now = self.now()
        requester, remembered = request.requester, request.remembered
        if requester is not None and requester.cut_off:
            self.give_back_slots()
            requester.decided()
            return
        command = request.command
        if isinstance(command, Refusal):
            outcome: Refusal | Decision = command
        elif request.valid_until and now > request.valid_until:
            outcome = _TOO_LATE
        else:
            outcome = self._decide(state, request.actor, command, now)
        if isinstance(outcome, Refusal):
            self.answer(request, outcome)
            return
        facts, result = outcome
        if not facts and remembered is None:
            self.answer(request, result)
            return
        self._commit(request, facts, now, result)

    def answer(self, request: Request, outcome: Outcome) -> None:
        """Hands over a reply without facts; it takes the same road, so replies of a market keep their order."""
        handover = Handover(self.state.sequence, self.state.time)
        handover.request = request
        if type(outcome) is Refusal:
            self.metrics.refusals[outcome.code] += 1
        if request.requester is not None:
            handover.reply = encode_outcome(request.request_id, handover.sequence, self.now(), outcome)
        if request.on_outcome is not None:
            handover.call_on_release(partial(request.on_outcome, outcome))
        self._hand_over(handover)

    def report_failure(self, request: Request, market_id: int, reason: str, halt: bool) -> None:
        """Journals that a task failed on ``request`` and answers it; a retry gets the same answer. Needs a slot."""
        decision = self._decide(self.state, SYSTEM, ReportFailure(market_id, reason, halt), self.now())
        assert isinstance(decision, Decision)
        self._commit(request, decision.facts, self.now(), _INTERNAL)

    def ask(self, on_release: Callable[[], None]) -> None:
        """Calls ``on_release`` when everything decided so far is durable and published. Needs a slot."""
        handover = Handover(self.state.sequence, self.state.time)
        handover.on_release = on_release
        self._hand_over(handover)

    def _commit(self, request: Request, facts: Sequence[Fact], now: int, outcome: Outcome) -> None:
        state = self.state
        sequence = state.sequence + 1
        if request.requester is None:
            reply = b""
        elif type(outcome) is OrderResult:
            reply = self._order_results.encode(request.request_id, sequence, now, outcome)
        else:
            reply = encode_outcome(request.request_id, sequence, now, outcome)
        handover = Handover(sequence, now)
        handover.request = request
        handover.facts = facts
        self._encode(handover)
        handover.reply = reply
        if request.on_outcome is not None:
            handover.call_on_release(partial(request.on_outcome, outcome))
        lens = state.lens
        try:
            apply(state, sequence, now, facts)
            if state.lens is not lens:
                handover.lens = state.lens
            if handover.lens is not None or handover.access:
                self.rights_changed_at = sequence
                _copy_scenes(handover, state)
            if handover.ended_keys:
                handover.call_on_release(self.on_keys_ended(handover.ended_keys))
            handover.commit = commit_of(state, handover, request, reply)
            self._hand_over(handover)
        except BaseException as error:
            self._torn = True
            raise TornMemory(f"sequence {sequence} was applied and could not be handed over") from error

    def _encode(self, handover: Handover) -> None:
        """Fills in record, common form and audience. May fail; has then changed nothing but the hand-over."""
        facts = handover.facts
        if len(facts) == 1:
            fact = facts[0]
            if (
                type(fact) is OrderPlaced
                and not fact.tag
                and not fact.session_number
                and fact.market_id not in self.state.lens.special
            ):
                handover.record = self._orders.encode(handover.sequence, handover.time, fact)
                handover.market_id = fact.market_id
                return
        _encode_any(handover, self.state)

    def _hand_over(self, handover: Handover) -> None:
        if self._torn:  # other tasks run on until the end of the process reaches them
            raise TornMemory("nothing that was decided on torn memory is written or told")
        request = handover.request
        if request is not None:
            if request.remembered is not None:
                request.remembered.decided = True
            if request.requester is not None:
                request.requester.decided()
        self.handovers.put_nowait(handover)


def _encode_any(handover: Handover, state: State) -> None:
    facts, sequence, time, lens = handover.facts, handover.sequence, handover.time, state.lens
    handover.record = encode_facts(sequence, time, facts)
    handover.market_ids = frozenset(map(market_of, facts))
    audiences = [audience_of(fact) for fact in facts]
    followed = {audience.market_id for audience in audiences}
    handover.market_id = followed.pop() if len(followed) == 1 else SEVERAL_MARKETS
    if any(as_seen(lens.outsider, fact) is not fact for fact in facts):
        handover.is_plain = False
        accounts: set[int] = set()
        for fact, audience in zip(facts, audiences, strict=True):
            accounts.update(audience.accounts)
            if market_of(fact) in lens.anonymous:
                accounts |= involved_accounts(fact)
        handover.accounts = frozenset(accounts)
        handover.form(lens.outsider)  # whatever cannot be encoded is noticed here
    handover.access = access_changes(facts)
    handover.ended_keys = [fact.key_id for fact in facts if isinstance(fact, ApiKeyRevoked)]
    granted: dict[int, list[bytes]] = {}
    for change in handover.access:
        if change.owner:
            owned = state.users[change.user_id].owned if change.user_id in state.users else NOBODY
            accounts_then = frozenset(owned) | {change.account_id}
            view = lens.look(View(change.user_id, change.account_id, False, accounts_then, None))
            granted[change.account_id] = private_parts(state, frozenset({change.account_id}), view.hidden)
    handover.granted = granted


def _copy_scenes(handover: Handover, state: State) -> None:
    """Copies the markets that somebody may be shown anew: of new terms, or seen with an account that is shared."""
    lens = state.lens
    concerned: set[int] = set()
    for fact in handover.facts:
        if isinstance(fact, MarketEdited) and turns(fact):
            market = state.markets[fact.market_id]
            concerned.update(each.market_id for each in (market, *funds_above(state, market)))
    for change in handover.access:
        concerned.update(market_id for market_id in lens.special if _matters(state, market_id, change.account_id))
    handover.scenes = {
        market_id: scene_of(state.markets[market_id], market_id in lens.anonymous) for market_id in concerned
    }


def _matters(state: State, market_id: int, account_id: int) -> bool:
    """Whether who owns the account may be shown something else of the market."""
    market, gates = state.markets[market_id], state.lens.gates.get(market_id, ())
    named = account_id == market.owner_account_id or account_id in market.positions
    return named or any(account_id in gate for gate in gates)
