"""Where a request comes from, and how often sign-ins from there have failed lately."""

from ipaddress import IPv6Address, ip_address

from exchange.net.http import Request
from exchange.net.pace import Bucket
from exchange.settings import Settings

CLIENT_HEADER = "fly-client-ip"


def normal_address(text: str) -> str:
    """An address as connections are counted by it; an IPv6 customer has a whole /64. Raises ``ValueError``."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def client_address(request: Request, peer: str | None, settings: Settings) -> str | None:
    """Who is behind a request: the peer, or behind fly's proxy, where that is configured, whom the proxy names."""
    named = request.header(CLIENT_HEADER) if settings.behind_fly_proxy else None
    if named is None:
        return peer
    try:
        return normal_address(named.strip())
    except ValueError:
        return peer


class FailedSignIns:
    """A budget of failures for each address; whoever has used it up is not listened to until some is back."""

    def __init__(self, settings: Settings) -> None:
        self._rate = settings.failed_sign_ins_per_minute / 60
        self._burst = settings.failed_sign_ins_burst
        self._buckets: dict[str, Bucket] = {}

    def wait(self, address: str | None, now: float) -> float:
        """Seconds until a sign-in from there is looked at; 0.0 is now. Connections in memory have no address."""
        bucket = None if address is None else self._buckets.get(address)
        return 0.0 if bucket is None else bucket.missing(now)

    def note(self, address: str | None, now: float) -> None:
        """One more has failed."""
        if address is None:
            return
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = Bucket(self._rate, self._burst, self._burst, now)
        bucket.take(now)

    def forget_full(self, now: float) -> None:
        """Drops the addresses that have not failed in a while."""
        for address in [address for address, bucket in self._buckets.items() if bucket.is_full(now)]:
            del self._buckets[address]
