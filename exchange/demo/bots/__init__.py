"""The bots of the demo. Each is a strategy for one market that looks at it again and again."""
