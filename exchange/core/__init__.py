"""The rules of the exchange: pure and synchronous.

``decide`` takes the state, who asks, a command and the time, and returns a refusal or the facts the command causes; it
leaves the state as it was. ``apply`` brings the state from before a fact to after it, and is the only code that does:
live, at start-up checks and when a journal is replayed. Nothing here reads a clock, draws a random number, waits,
touches a file or knows how messages are encoded; all arithmetic is on integers.
"""
