"""A living market to look at: a real server, and bots of different temper that trade on it."""
