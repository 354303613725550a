"""The wire schema, generated from ``proto/`` by ``make proto``; the one copy that client and server share.

Nothing here is part of the client's public names.
"""
