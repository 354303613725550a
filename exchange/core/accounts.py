"""Rules for users, accounts and money."""

from exchange.core.commands import (
    Actor,
    ClawBack,
    CreateAccount,
    Grant,
    OpenExchange,
    RenameAccount,
    RevokeAccess,
    ShareAccount,
    SignIn,
    Transfer,
)
from exchange.core.facts import (
    AccessChanged,
    AccountCreated,
    AccountRenamed,
    Created,
    Decision,
    Done,
    Fact,
    Transferred,
    UserCreated,
)
from exchange.core.keys import keys_lost
from exchange.core.names import check_name, check_text, name_key, usable_name
from exchange.core.preconditions import NOT_ELEVATED
from exchange.core.refusals import Code, Refusal
from exchange.core.state import Account, State
from exchange.core.units import CASH_MAX, NAME_MAX, NOTE_MAX, OPERATOR, REACH_MAX, AccountKind, TransferKind

HOUSE_NAME = "House"
_UNKNOWN_RECIPIENT = Refusal(Code.UNKNOWN_ACCOUNT, "to_account_id", "There is no such account.")
_REACH = Refusal(Code.REACH, "amount", "The sums would leave the range in which money is exact.")


def open_exchange(state: State, actor: Actor, command: OpenExchange, now: int) -> Refusal | Decision:
    """Makes the house, once."""
    if state.house_id:
        return Refusal(Code.NOT_ALLOWED, "", "The exchange is open already.")
    house = AccountCreated(state.next_account_id, HOUSE_NAME, AccountKind.HOUSE, ())
    return Decision((house,), Created(house.account_id))


def sign_in(state: State, actor: Actor, command: SignIn, now: int) -> Refusal | Decision:
    """Makes user, account and starting cash on a first sign-in; for a known user there is nothing to do."""
    known = state.users_by_subject.get(command.subject)
    if known is not None:
        return Decision((), Created(known.user_id))
    cash = state.limits.starting_cash if command.starting_cash is None else command.starting_cash
    if command.subject == OPERATOR:
        cash = 0
    facts = new_user(state, command.subject, command.name, command.email, cash)
    if isinstance(facts, Refusal):
        return facts
    return Decision(facts, Created(state.next_user_id))


def new_user(state: State, subject: str, name: str, email: str, cash: int) -> Refusal | tuple[Fact, ...]:
    """The next user, with an account of the nearest free name and that much cash from the house."""
    user_id, account_id = state.next_user_id, state.next_account_id
    facts: tuple[Fact, ...] = (
        AccountCreated(account_id, _free_name(state, usable_name(name)), AccountKind.USER, (user_id,)),
        UserCreated(user_id, subject, account_id, email),
    )
    if not cash:
        return facts
    if not _is_within_reach(state.accounts[state.house_id], -cash):
        return _REACH
    kind = TransferKind.STARTING_CASH
    return (*facts, Transferred(state.next_transfer_id, kind, state.house_id, account_id, cash, "", user_id))


def create_account(state: State, actor: Actor, command: CreateAccount, now: int) -> Refusal | Decision:
    """Makes a sub-account owned by the user who asks."""
    user = state.users.get(actor.user_id)
    if user is None:
        return Refusal(Code.UNKNOWN_USER, "", "Only a signed-in user can own an account.")
    refusal = check_name(command.name)
    if refusal is not None:
        return refusal
    if name_key(command.name) in state.accounts_by_name:
        return Refusal(Code.NAME_TAKEN, "name", "Another account has that name.")
    most = state.limits.sub_accounts_per_user
    if len(user.owned) > most and not actor.elevated:
        return Refusal(Code.LIMIT_REACHED, "", f"A user has at most {most} sub-accounts.")
    fact = AccountCreated(state.next_account_id, command.name, AccountKind.SUB, (actor.user_id,))
    return Decision((fact,), Created(fact.account_id))


def transfer(state: State, actor: Actor, command: Transfer, now: int) -> Refusal | Decision:
    """Moves available cash. Ownership is checked before funds, so that nobody learns what a stranger has."""
    sender_id = command.from_account_id or actor.account_id
    refusal = _check_movement(command.amount, command.note)
    if refusal is not None:
        return refusal
    sender = state.accounts.get(sender_id)
    if sender is None:
        return Refusal(Code.UNKNOWN_ACCOUNT, "from_account_id", "There is no such account.")
    if actor.user_id not in sender.owners and not (actor.elevated and sender_id == actor.account_id):
        return Refusal(Code.NOT_OWNER, "from_account_id", "You do not own that account.")
    recipient = state.accounts.get(command.to_account_id)
    if recipient is None:
        return _UNKNOWN_RECIPIENT
    if recipient is sender:
        return Refusal(Code.SAME_ACCOUNT, "to_account_id", "Sender and recipient are the same account.")
    if AccountKind.HOUSE in (sender.kind, recipient.kind):
        return Refusal(
            Code.NOT_ALLOWED, "to_account_id", "Money comes from the house by grant and returns by claw-back."
        )
    if recipient.kind == AccountKind.SUB and actor.user_id not in recipient.owners:
        return Refusal(Code.NOT_OWNER, "to_account_id", "Money goes to a user's own account or to one of yours.")
    if sender.available < command.amount:
        return Refusal(Code.INSUFFICIENT_FUNDS, "amount", "The sender has not enough available cash.")
    return _move(state, actor, TransferKind.TRANSFER, sender, recipient, command.amount, command.note)


def grant(state: State, actor: Actor, command: Grant, now: int) -> Refusal | Decision:
    """Gives money from the house, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    refusal = _check_movement(command.amount, command.note)
    if refusal is not None:
        return refusal
    recipient = state.accounts.get(command.to_account_id)
    if recipient is None:
        return _UNKNOWN_RECIPIENT
    if recipient.kind == AccountKind.HOUSE:
        return Refusal(Code.SAME_ACCOUNT, "to_account_id", "The house cannot grant money to itself.")
    house = state.accounts[state.house_id]
    return _move(state, actor, TransferKind.GRANT, house, recipient, command.amount, command.note)


def claw_back(state: State, actor: Actor, command: ClawBack, now: int) -> Refusal | Decision:
    """Takes money back to the house, by an elevated admin; never more than the account has available."""
    if not actor.elevated:
        return NOT_ELEVATED
    refusal = _check_movement(command.amount, command.note)
    if refusal is not None:
        return refusal
    sender = state.accounts.get(command.from_account_id)
    if sender is None:
        return Refusal(Code.UNKNOWN_ACCOUNT, "from_account_id", "There is no such account.")
    if sender.kind == AccountKind.HOUSE:
        return Refusal(Code.SAME_ACCOUNT, "from_account_id", "The house cannot give money back to itself.")
    if sender.available < command.amount:
        return Refusal(Code.INSUFFICIENT_FUNDS, "amount", "The account has not that much available cash.")
    house = state.accounts[state.house_id]
    return _move(state, actor, TransferKind.CLAW_BACK, sender, house, command.amount, command.note)


def rename_account(state: State, actor: Actor, command: RenameAccount, now: int) -> Refusal | Decision:
    """Renames an account, by one of its owners or an elevated admin. A name may be its own former one."""
    account = state.accounts.get(command.account_id)
    if account is None:
        return Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account.")
    if actor.user_id not in account.owners and not actor.elevated:
        return Refusal(Code.NOT_OWNER, "account_id", "You do not own that account.")
    refusal = check_name(command.name)
    if refusal is not None:
        return refusal
    if state.accounts_by_name.get(name_key(command.name), account) is not account:
        return Refusal(Code.NAME_TAKEN, "name", "Another account has that name.")
    return Decision((AccountRenamed(account.account_id, command.name),), Done())


def share_account(state: State, actor: Actor, command: ShareAccount, now: int) -> Refusal | Decision:
    """Makes another user an owner of a sub-account, by one of its owners."""
    other = _check_sharing(state, command.account_id, command.with_account_id, "with_account_id")
    if isinstance(other, Refusal):
        return other
    if actor.user_id not in state.accounts[command.account_id].owners:
        return Refusal(Code.NOT_OWNER, "account_id", "You do not own that account.")
    if state.owns(other, command.account_id):
        return Refusal(Code.INVALID_VALUE, "with_account_id", "That user owns the account already.")
    return Decision((AccessChanged(command.account_id, other, True),), Done())


def revoke_access(state: State, actor: Actor, command: RevokeAccess, now: int) -> Refusal | Decision:
    """Takes a sub-account from one of its owners, by an elevated admin; or an owner gives it up. One owner stays."""
    other = _check_sharing(state, command.account_id, command.from_account_id, "from_account_id")
    if isinstance(other, Refusal):
        return other
    if not actor.elevated and other != actor.user_id:
        return NOT_ELEVATED
    owners = state.accounts[command.account_id].owners
    if other not in owners:
        return Refusal(Code.INVALID_VALUE, "from_account_id", "That user does not own the account.")
    if len(owners) == 1:
        return Refusal(Code.NOT_ALLOWED, "from_account_id", "An account keeps at least one owner.")
    lost = keys_lost(state, other, command.account_id)
    return Decision((AccessChanged(command.account_id, other, False), *lost), Done())


def _check_sharing(state: State, account_id: int, other_account_id: int, field: str) -> int | Refusal:
    """The user whose own account the other one is."""
    account, other = state.accounts.get(account_id), state.accounts.get(other_account_id)
    if account is None:
        return Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account.")
    if account.kind != AccountKind.SUB:
        return Refusal(Code.NOT_ALLOWED, "account_id", "Only sub-accounts can be shared.")
    if other is None or other.kind != AccountKind.USER:
        return Refusal(Code.UNKNOWN_USER, field, "Name a user by their own account.")
    (user_id,) = other.owners
    return user_id


def _check_movement(amount: int, note: str) -> Refusal | None:
    if not 0 < amount <= CASH_MAX:
        return Refusal(Code.INVALID_VALUE, "amount", "An amount is positive.")
    return check_text(note, NOTE_MAX, "note")


def _move(
    state: State, actor: Actor, kind: TransferKind, sender: Account, recipient: Account, amount: int, note: str
) -> Refusal | Decision:
    if not (_is_within_reach(sender, -amount) and _is_within_reach(recipient, amount)):
        return _REACH
    fact = Transferred(
        state.next_transfer_id, kind, sender.account_id, recipient.account_id, amount, note, actor.user_id
    )
    return Decision((fact,), Created(fact.transfer_id))


def _is_within_reach(account: Account, amount: int) -> bool:
    return abs(account.cash + amount) + account.weight <= REACH_MAX


def _free_name(state: State, wanted: str) -> str:
    """The name itself, or with the first number that makes it unique."""
    name, number = wanted, 1
    while name_key(name) in state.accounts_by_name:
        number += 1
        suffix = f" {number}"
        name = wanted[: NAME_MAX - len(suffix)].rstrip() + suffix
    return name
