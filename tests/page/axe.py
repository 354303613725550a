"""What axe finds on a screen: the checks for people who do not see it, or not well, or have no mouse."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from scripts.page import ROOT, install_packages

WRONG = {"serious", "critical"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@cache
def _source() -> str:
    install_packages(ROOT, everything=True)  # nothing to do where the page was ever checked
    return (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def findings(page: Page) -> list[str]:
    """Every serious or critical finding on what is there now, with the elements it is about."""
    page.evaluate(_source())
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {' '.join(node['failureSummary'].split())[:240]}"
        for violation in result["violations"]
        if violation["impact"] in WRONG
        for node in violation["nodes"]
    ]
