"""A real server and a real issuer: from the first login to a bot that outlives a kill, and what ends a start."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from exchange.store.secret import secret_path
from tests.e2e.server import connect, server_nursery, start_server, verified
from tests.issuer.server import issuer
from tests.sim.raw_client import RawClient
from tests.sim.requests import create_key, create_market, elevate, invite, kind_of, ping

PATIENCE_SECONDS = 30.0


def settings_of(configured: dict[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in configured.items()]


def client(name: str) -> RawClient:
    return RawClient(name, session=name.encode().ljust(8), patience=PATIENCE_SECONDS)


async def test_people_machines_keys_and_invitations_of_a_real_server_survive_a_kill(tmp_path: Path) -> None:
    async with issuer(tmp_path) as it, server_nursery() as nursery:
        server = await start_server(tmp_path, nursery, *settings_of(it.settings()), developers=False)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as page:
            config = (await page.get("/config.json")).json()
            assert (config["oidc"]["issuer"], config["developer_sign_in"]) == (it.url, False)
            assert "Developer" not in (await page.get("/")).text
        ada, machine, root = await it.person("kp_ada"), await it.machine(), await it.person("kp_root")
        person = await connect(server, nursery, client("ada"), ada.access, id_token=ada.id)
        await connect(server, nursery, client("machine"), machine.access)
        organiser = await connect(server, nursery, client("root"), root.access)
        assert kind_of(await organiser.ask(elevate())) == "done"
        assert kind_of(await organiser.ask(create_market("Market"))) == "created"
        link = (await organiser.ask(invite("Eve"))).invitations_created.invitations[0].token
        guest = await connect(server, nursery, client("eve"), link)
        assert guest.welcome is not None
        made = await person.ask(create_key(), 7)
        await it.stop()
        await server.kill()
        server = await start_server(tmp_path, nursery, *settings_of(it.settings()), developers=False)
        for name, token in (("bot", made.api_key_created.key), ("eve", guest.welcome.key)):
            back = await connect(server, nursery, client(name), token)
            assert kind_of(await back.ask(ping())) == "pong"
        await it.start()
        person = await connect(server, nursery, client("ada"), (await it.person("kp_ada")).access)
        assert await person.ask(create_key(), 7) == made
        assert await server.terminate() == 0
    verified(tmp_path)
    secrets = [ada.access, ada.id, machine.access, link, made.api_key_created.key, guest.welcome.key]
    log = (tmp_path / "server.log").read_text()
    assert "signed in" in log
    assert [secret for secret in secrets if secret in log] == []
    assert secret_path(tmp_path / "exchange.db").stat().st_mode & 0o077 == 0


async def test_an_issuer_that_calls_itself_otherwise_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    async with issuer(tmp_path) as it, server_nursery() as nursery:
        wrong = {**it.settings(), "oidc_issuer": f"{it.url}/"}
        with pytest.raises(AssertionError, match="set oidc_issuer to exactly that"):
            await start_server(tmp_path, nursery, *settings_of(wrong), developers=False)
        assert "Traceback" not in (tmp_path / "server.log").read_text()
        await trio.lowlevel.checkpoint()
