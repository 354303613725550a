"""The long-lived loops: connections, markets, the desk, the writer, timers and their supervision."""
