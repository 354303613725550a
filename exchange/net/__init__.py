"""The hostile-side edge: the port, HTTP, WebSockets.

Bytes from strangers come in here, whole messages go out, and whatever a peer sends or fails to send ends at most its
own connection. A connection runs through the modules in this order: ``port`` accepts it, ``stream`` guards its bytes,
``http`` reads its first request, ``site`` judges where that comes from, ``socket`` speaks WebSocket behind our own
rules with ``inbox`` and ``frames``, and ``edge`` is that order in one function.
"""
