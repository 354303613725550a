"""A typed client for bots that trade on an exchange server."""

__all__: list[str] = []
