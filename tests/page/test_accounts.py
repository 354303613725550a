"""The leaderboard and one's own accounts, at the page."""

from collections.abc import Callable

import trio
from playwright.sync_api import expect

from exchange_client import connect
from tests.page.stage import Server, Visitor

Come = Callable[..., Visitor]


def account_of(server: Server, key: str) -> str:
    """The name of the account that a bot with this key acts as."""

    async def ask() -> str:
        with trio.fail_after(60):
            async with connect(f"ws://127.0.0.1:{server.port}/ws", token=key) as exchange:
                return exchange.account.name

    return trio.run(ask)


def test_the_leaderboard_follows_by_itself_and_marks_ones_own_row(come: Come, market: str) -> None:
    pia, quin, remy = (come(name, at=market) for name in ("Pia", "Quin", "Remy"))
    pia.place("Sell", "10", "60")
    expect(quin.level("offer", 6000)).to_have_count(1)
    quin.place("Buy", "10", "60", "ioc")
    quin.said("Bought 10 at 60.00")
    pia.place("Sell", "1", "80")
    expect(quin.level("offer", 8000)).to_have_count(1)
    quin.place("Buy", "1", "80", "ioc")
    pia.page.goto(f"{pia.url}/leaderboard")
    own = pia.page.get_by_test_id("standing").filter(has_text="Pia")
    expect(own).to_contain_text("−200.00")
    expect(own).to_contain_text("you")
    expect(pia.page.get_by_test_id("standing").filter(has_text="Quin")).to_contain_text("+200.00")
    pia.page.get_by_role("link", name="Projector").click()
    expect(pia.page.get_by_test_id("standing").filter(has_text="Quin")).to_contain_text("+200.00")
    remy.place("Sell", "1", "90")
    expect(quin.level("offer", 9000)).to_have_count(1)
    quin.place("Buy", "1", "90", "ioc")
    expect(pia.page.get_by_test_id("standing").filter(has_text="Quin")).to_contain_text("+310.00")
    pia.page.keyboard.press("Escape")
    expect(pia.page.get_by_role("link", name="Projector")).to_be_visible()


def test_a_sub_account_is_made_given_money_shared_acted_as_and_renamed(come: Come) -> None:
    rosa, sven = come("Rosa"), come("Sven")
    page = rosa.page
    page.goto(f"{rosa.url}/accounts")
    page.get_by_role("button", name="New sub-account").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Rosa")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Name").fill("Rosa's bots")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    row = page.get_by_test_id("account-row").filter(has_text="Rosa's bots")
    expect(row).to_contain_text("0.00")
    page.get_by_label("Recipient 1", exact=True).fill("Rosa's bots")
    page.get_by_label("Amount 1", exact=True).fill("250.5")
    page.get_by_role("button", name="Another recipient").click()
    page.get_by_label("Recipient 2", exact=True).fill("sven")
    page.get_by_label("Amount 2", exact=True).fill("100")
    expect(page.get_by_test_id("transfer-total")).to_contain_text("350.50 in all; 9,649.50 stay available.")
    page.get_by_role("button", name="Transfer", exact=True).click()
    page.get_by_test_id("confirm-transfer").click()
    rosa.said("Moved 350.50 from Rosa")
    expect(row).to_contain_text("250.50")
    expect(page.get_by_test_id("movement").filter(has_text="Sven")).to_contain_text("−100.00")
    row.get_by_role("button", name="Owners").click()
    page.get_by_label("Share it with").fill("Sven")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_test_id("owners").get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Escape")
    sven.page.goto(f"{sven.url}/accounts")
    shared = sven.page.get_by_test_id("account-row").filter(has_text="Rosa's bots")
    shared.get_by_role("button", name="Act as").click()
    expect(shared).to_contain_text("acting as this")
    expect(sven.page.get_by_text("Acting as another account")).to_be_visible()
    expect(sven.page.get_by_test_id("equity")).to_have_text("250.50")
    shared.get_by_role("button", name="Rename").click()
    sven.page.get_by_role("dialog").get_by_label("Name").fill("Our bots")
    sven.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_test_id("account-row").filter(has_text="Our bots")).to_contain_text("2 owners")


def test_a_key_is_shown_once_signs_in_and_ends(come: Come, server: Server) -> None:
    tess = come("Tess")
    tess.page.goto(f"{tess.url}/accounts")
    tess.page.get_by_role("button", name="New key").click()
    tess.page.get_by_label("What it is for").fill("my first bot")
    tess.page.get_by_role("button", name="Create key").click()
    key = tess.page.get_by_test_id("secret").input_value()
    assert key.startswith("exk_")
    tess.page.get_by_role("button", name="I have kept it").click()
    row = tess.page.get_by_test_id("key").filter(has_text="my first bot")
    expect(row).to_contain_text("never")
    assert key not in tess.page.content()
    assert account_of(server, key) == "Tess"
    tess.page.reload()
    expect(row).not_to_contain_text("never")
    row.get_by_role("button", name="Revoke").click()
    tess.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
