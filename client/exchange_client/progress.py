"""How far the state has come, and so from where the next connection may resume."""

from exchange_client.schema import client_pb2


class Progress:
    """The resume point of a client: what its state holds, completely and no more.

    A connection announces a history and a view; they count once the state follows that connection: at once where it
    resumes, and when the snapshot is whole where it does not. Until then what is known of the old one stays good.
    """

    def __init__(self) -> None:
        self.ahead = False
        self._exchange_id = self._view = b""
        self._sequence = self._time = 0
        self._follows = False
        self._announced = b"", b""
        self._reached = 0, 0

    def begin(self, exchange_id: bytes, view: bytes) -> None:
        """A connection announces its history and what it may see."""
        self._announced = exchange_id, view
        self._reached = 0, 0
        self._follows = False

    def follow(self, *, resumed: bool) -> None:
        """From here on the state follows this connection; a snapshot took the place of what was there before."""
        self._exchange_id, self._view = self._announced
        if not resumed:
            self._sequence, self._time = self._reached
            self.ahead = False
        self._follows = True

    def complete(self, sequence: int, time: int) -> None:
        """Everything up to ``sequence`` has arrived."""
        if self._follows:
            self._sequence, self._time = sequence, time
            self.ahead = False
        else:
            self._reached = sequence, time

    def see(self, view: bytes) -> None:
        """The connection may see other things from now on."""
        self._view = view

    def stop(self) -> None:
        """The connection is gone. A state that is ahead of the point would be told things twice."""
        self._follows = False
        if self.ahead:
            self.distrust()

    def distrust(self) -> None:
        """There is nothing to resume from."""
        self._sequence = self._time = 0
        self.ahead = False

    def point(self) -> client_pb2.ResumePoint | None:
        """Where to resume, or None for a snapshot."""
        if not self._sequence:
            return None
        return client_pb2.ResumePoint(
            exchange_id=self._exchange_id, sequence=self._sequence, time=self._time, view=self._view
        )
