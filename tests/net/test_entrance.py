"""Who may enter: the list, the bans, the admins."""

from pathlib import Path

import pytest

from exchange.net.entrance import Admission, Entrance
from exchange.net.identity import Identity
from exchange.settings import SettingError, Settings


def entrance(folder: Path, *lines: str, listed_only: bool = False, admins: str = "") -> Entrance:
    file = folder / "people.csv"
    file.write_text("\n".join(lines), "utf-8")
    return Entrance(Settings(entry_file=str(file), entry_listed_only=listed_only, admin_subjects=admins))


def person(subject: str = "kp_ada", *, admin: bool = False) -> Identity:
    return Identity(f"user:{subject}", "Ada", admin, issued_at=1)


def test_without_a_list_everybody_enters_as_the_issuer_says() -> None:
    assert Entrance(Settings()).admit(person(admin=True), "") == Admission(True, None)
    assert Entrance(Settings()).admit(person(), "") == Admission(False, None)


def test_a_list_names_people_by_subject_or_verified_email_with_role_and_cash(tmp_path: Path) -> None:
    listed = entrance(
        tmp_path,
        "Email, Subject ,role,starting_cash",
        "Ada@Example.org,,,1000.00",
        ",kp_bob,admin,0.5",
        ",machine:bot,,",
        listed_only=True,
    )
    assert listed.admit(person(), "ada@example.org") == Admission(False, 10_000_000)
    assert listed.admit(person("kp_bob"), "") == Admission(True, 5_000)
    assert listed.admit(Identity("machine:bot", "", False, issued_at=1), "") == Admission(False, None)
    assert listed.admit(person("bot"), "") == "not on the list", "a person is no machine"
    assert listed.admit(person(), "") == "not on the list"
    assert listed.admit(person(), "other@example.org") == "not on the list"


def test_who_is_banned_stays_out_whatever_else_is_said(tmp_path: Path) -> None:
    listed = entrance(tmp_path, "email,subject,role", "ada@example.org,,admin", ",kp_ada,banned", admins="kp_ada")
    assert listed.admit(person(admin=True), "ada@example.org") == "banned"
    assert listed.admit(person("kp_bob"), "") == Admission(False, None), "others enter: the list only adds"


def test_configured_admins_are_admins_and_need_no_line(tmp_path: Path) -> None:
    listed = entrance(tmp_path, "subject", "kp_bob", listed_only=True, admins="kp_ada, machine:bot")
    assert listed.admit(person(), "") == Admission(True, None)
    assert listed.admit(Identity("machine:bot", "", False, issued_at=1), "") == Admission(True, None)


def test_developers_and_the_operator_are_not_asked(tmp_path: Path) -> None:
    listed = entrance(tmp_path, "subject", "kp_bob", listed_only=True)
    assert listed.admit(Identity("dev:ada", "ada", True), "") == Admission(True, None)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["name,role", "Ada,trader"], "the first line of .* names its columns"),
        (["email,cash", "a@b.c,1"], "the first line"),
        ([""], "the first line"),
        (["email,role", "a@b.c,king"], "line 2 .* a role is trader, admin, banned, not 'king'"),
        (["email,starting_cash", "a@b.c,1.23456"], "line 2 .* an amount such as 1000.00"),
        (["email,starting_cash", "a@b.c,-1"], "line 2 .* an amount"),
        (["email,starting_cash", "a@b.c,1", ",2"], "line 3 .* names nobody"),
        (["email", "a@b.c", "A@b.c"], "line 3 .* names a@b.c for the second time"),
        (["email", '"a@b.c'], "is no CSV"),
    ],
)
def test_a_list_that_is_wrong_is_a_sentence_with_its_line(tmp_path: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        entrance(tmp_path, *lines)


def test_a_list_that_is_missing_or_no_text_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read: No such file"):
        Entrance(Settings(entry_file=str(tmp_path / "nobody.csv")))
    (tmp_path / "people.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="is not UTF-8"):
        Entrance(Settings(entry_file=str(tmp_path / "people.csv")))
    with pytest.raises(SettingError, match="lets nobody in without entry_file"):
        Entrance(Settings(entry_listed_only=True))


def test_a_changed_list_is_read_anew_and_a_wrong_one_leaves_the_former_in_force(tmp_path: Path) -> None:
    listed = entrance(tmp_path, "subject,role", "kp_ada,banned")
    file = tmp_path / "people.csv"
    assert not listed.reread()
    file.write_text("nonsense of some length", "utf-8")
    with pytest.raises(SettingError):
        listed.reread()
    assert listed.admit(person(), "") == "banned"
    file.write_text("subject,role\nkp_bob,banned", "utf-8")
    assert listed.reread()
    assert listed.admit(person(), "") == Admission(False, None)
