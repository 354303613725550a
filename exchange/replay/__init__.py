"""Recorded order flow, sent to a running exchange order by order."""
