"""Settings that cannot work are refused at the start, each in a sentence."""

from dataclasses import fields

import pytest

from exchange import settings as module
from exchange.settings import SettingError, Settings, load_settings


def test_what_nobody_changes_is_as_written() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({"EXCHANGE_PAGE_ROWS": "7"}, {"page_rows": "8"}).page_rows == 8, "the flag wins"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("page_rows", "many", "takes a number of rows"),
        ("page_rows", "-1", "at least 1 rows"),
        ("market_inbox_requests", "0", "at least 1 requests"),
        ("timer_seconds", "0", "at least 0.01 s"),
        ("audit_seconds", "nan", "at least 0.01 s"),
        ("request_memory_seconds", "599", "at least 600.0 s"),
        ("outbox_bytes", "1000", "at least 1048576 bytes"),
        ("starting_cash", "-1", "at least 0 ten-thousandths"),
        ("leaderboard", "perhaps", "yes or no"),
        ("page_rows", "2000", "page_rows (2000) must not be above setting page_rows_max (1000)"),
        ("sign_in_wait_seconds", "11", "must not be above setting authenticate_seconds"),
        ("frame_bytes", "9000000", "must not be above setting outbox_bytes"),
    ],
)
def test_a_value_that_cannot_work_is_refused(name: str, text: str, sentence: str) -> None:
    for environment, flags in (({f"EXCHANGE_{name.upper()}": text}, {}), ({}, {name: text})):
        with pytest.raises(SettingError) as caught:
            load_settings(environment, flags)
        assert name in str(caught.value)
        assert sentence in str(caught.value)


def test_every_bound_is_of_a_setting_whose_own_value_it_allows() -> None:
    defaults = Settings()
    names = {item.name for item in fields(Settings)}
    assert module._LEAST.keys() <= names
    assert {name for pair in module._PAIRS for name in pair} <= names
    assert all(getattr(defaults, name) >= least for name, least in module._LEAST.items())
