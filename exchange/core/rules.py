"""``decide``: the one way in. A refusal or the complete outcome of a command; the state stays as it was."""

from collections.abc import Callable
from typing import Any

from exchange.core import (
    accounts,
    batches,
    cancels,
    commands,
    credentials,
    funds,
    guards,
    invitations,
    keys,
    markets,
    orders,
    organising,
    settlement,
)
from exchange.core.commands import Actor, Command
from exchange.core.facts import Decision
from exchange.core.refusals import Refusal
from exchange.core.state import State

Rule = Callable[[State, Actor, Any, int], Refusal | Decision]

RULES: dict[type, Rule] = {
    commands.PlaceOrder: orders.place_order,
    commands.AmendOrder: orders.amend_order,
    commands.CancelOrder: cancels.cancel_order,
    commands.CancelOrders: cancels.cancel_orders,
    commands.Batch: batches.batch,
    commands.EndOrders: cancels.end_orders,
    commands.SetCancelOnDisconnect: guards.set_cancel_on_disconnect,
    commands.SetDeadManTimer: guards.set_dead_man_timer,
    commands.FireDeadManTimer: guards.fire_dead_man_timer,
    commands.RestartDeadManTimers: guards.restart_dead_man_timers,
    commands.CreateMarket: markets.create_market,
    commands.EditMarket: markets.edit_market,
    commands.HaltAll: markets.halt_all,
    commands.FollowSchedule: markets.follow_schedule,
    commands.CreateGroup: organising.create_group,
    commands.EditGroup: organising.edit_group,
    commands.Announce: organising.announce,
    commands.SetMarketStatus: markets.set_market_status,
    commands.SettleMarket: settlement.settle_market,
    commands.UnsettleMarket: settlement.unsettle_market,
    commands.Redeem: funds.redeem,
    commands.ReportFailure: markets.report_failure,
    commands.SignIn: accounts.sign_in,
    commands.OpenExchange: accounts.open_exchange,
    commands.CreateAccount: accounts.create_account,
    commands.Transfer: accounts.transfer,
    commands.Grant: accounts.grant,
    commands.ClawBack: accounts.claw_back,
    commands.RenameAccount: accounts.rename_account,
    commands.ShareAccount: accounts.share_account,
    commands.RevokeAccess: accounts.revoke_access,
    credentials.CreateApiKey: keys.create_api_key,
    credentials.RevokeApiKey: keys.revoke_api_key,
    credentials.NoteKeyUse: keys.note_key_use,
    credentials.CreateInvitations: invitations.create_invitations,
    credentials.RevokeInvitation: invitations.revoke_invitation,
    credentials.AcceptInvitation: invitations.accept_invitation,
}


def decide(state: State, actor: Actor, command: Command, now: int) -> Refusal | Decision:
    """What ``command`` by ``actor`` causes at time ``now`` (nanoseconds since the epoch).

    Changes nothing. A decision without facts is an answer that needs no sequence number.
    """
    return RULES[type(command)](state, actor, command, now)
