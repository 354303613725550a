"""Bytes to commands, facts and results to bytes: the only place that knows the generated schema.

``hello`` is signing in and ``requests`` reads what clients send; ``facts`` writes the elements of the feed and of the
journal, ``records`` reads them back; ``replies`` writes answers, ``snapshots`` the state. What is returned as bytes is
always one or more elements of ``ServerFrame.messages`` and may be joined with others into a frame.
"""
