"""Builds the page when the package is installed or packed; see :mod:`scripts.page`.

``EXCHANGE_PAGE`` says what a failure means: ``try`` (the default) goes on without a page, which the server then
explains to whoever opens it; ``require`` fails the installation; ``skip`` does not try at all.
"""

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """What hatchling calls."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page before the files of a wheel are collected."""
        wish = os.environ.get("EXCHANGE_PAGE", "try")
        if wish not in {"try", "require", "skip"}:
            raise SystemExit(f"EXCHANGE_PAGE is try, require or skip, not {wish!r}")
        if wish == "skip" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from scripts.page import PageError, build_page

        try:
            build_page()
        except (PageError, OSError) as error:
            if wish == "require":
                raise SystemExit(f"the page could not be built: {error}") from error
            self.app.display_warning(f"The server will have no page: {error}")
        finally:
            sys.path.remove(self.root)
