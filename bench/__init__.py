"""Benchmarks: each prints its table and, with ``--json``, one JSON object with its figures as the last line.

Every speed is a ratio of two things measured alternately in one run, because machines are shared and noisy.
"""
