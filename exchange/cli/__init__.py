"""The ``exchange`` command."""

from exchange.cli.app import app

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    app(prog_name="exchange")
