"""Logs: JSON lines on standard error, or something pleasant to read where that is a terminal."""

import logging
import sys

import structlog


def configure_logs(*, verbose: bool = False) -> None:
    """Sets up structlog for this process."""
    # Plain tracebacks everywhere: the pretty ones print local variables, tokens among them.
    if sys.stderr.isatty():
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
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
