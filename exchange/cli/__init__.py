"""The ``exchange`` command."""

import gc

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.disable()  # nothing that is imported is garbage, and a tenth of the time would go into finding that out
    from exchange.cli.app import app

    gc.enable()
    app(prog_name="exchange")
