"""The file of an exchange: SQLite, blocking, without Trio. What is committed here is what happened.

``rows_of`` copies what a command changed, ``Store.write`` makes batches of commits durable, ``Store.load`` reads the
present back, ``Reader`` reads beside the writer, and ``verify`` replays the journal and compares.
"""
