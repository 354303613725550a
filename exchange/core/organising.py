"""Rules for what organisers do beside markets: groups and announcements."""

from exchange.core.commands import Actor, Announce, CreateGroup, EditGroup
from exchange.core.facts import Announced, Created, Decision, Done, GroupChanged
from exchange.core.names import check_name, check_text, name_key
from exchange.core.preconditions import NOT_ELEVATED
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import ANNOUNCEMENT_MAX, DESCRIPTION_MAX


def create_group(state: State, actor: Actor, command: CreateGroup, now: int) -> Refusal | Decision:
    """Makes a heading, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    group_id = max(state.groups, default=0) + 1
    return _change(state, group_id, command.name, command.description, Created(group_id))


def edit_group(state: State, actor: Actor, command: EditGroup, now: int) -> Refusal | Decision:
    """Changes the properties that are named, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    group = state.groups.get(command.group_id)
    if group is None:
        return Refusal(Code.UNKNOWN_GROUP, "group_id", "There is no such group.")
    if command.name is None and command.description is None:
        return Refusal(Code.INVALID_VALUE, "", "Name at least one property to change.")
    name = group.name if command.name is None else command.name
    description = group.description if command.description is None else command.description
    return _change(state, group.group_id, name, description, Done())


def announce(state: State, actor: Actor, command: Announce, now: int) -> Refusal | Decision:
    """Tells everybody something, by an elevated admin."""
    if not actor.elevated:
        return NOT_ELEVATED
    if not command.text.strip():
        return Refusal(Code.INVALID_VALUE, "text", "An announcement says something.")
    refusal = check_text(command.text, ANNOUNCEMENT_MAX, "text")
    return Decision((Announced(command.text),), Done()) if refusal is None else refusal


def _change(state: State, group_id: int, name: str, description: str, result: Created | Done) -> Refusal | Decision:
    refusal = check_name(name) or check_text(description, DESCRIPTION_MAX, "description")
    if refusal is not None:
        return refusal
    key = name_key(name)
    if any(name_key(group.name) == key for group in state.groups.values() if group.group_id != group_id):
        return Refusal(Code.NAME_TAKEN, "name", "Another group has that name.")
    return Decision((GroupChanged(group_id, name, description),), result)
