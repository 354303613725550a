"""Logs: JSON lines on standard error, or something pleasant to read where that is a terminal."""

import logging
import sys
from enum import StrEnum

import structlog


class LogFormat(StrEnum):
    """What log lines look like; ``auto`` is text where standard error is a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


def configure_logs(form: LogFormat = LogFormat.AUTO, *, verbose: bool = False) -> None:
    """Sets up structlog for this process. Lines name ids; tokens, names and addresses are nobody's business."""
    # Plain tracebacks everywhere: the pretty ones print local variables, tokens among them.
    if form is LogFormat.TEXT or (form is LogFormat.AUTO and sys.stderr.isatty()):
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        renderers: list[structlog.typing.Processor] = [console]
    else:
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
