"""Which names this server answers to, and whose pages may speak to it.

A browser sends a visitor's request with the name it looked up (Host) and the page that made it (Origin). Without the
check on Host a foreign page could have its own name resolve to this machine and pass for the same origin; without the
one on Origin any page could open a WebSocket here for its visitor. Programs send no Origin and are let in: what they
may do is decided by their token.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from exchange.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Site:
    """The lists, in lower case. Empty ``hosts`` means any name."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def from_settings(cls, settings: Settings, *, loopback: bool) -> "Site":
        """Read the settings' lists. Without a list of hosts, ``loopback`` (where the port is bound) decides:

        bound to loopback, only its names are ours; bound to the world, nobody has told us our name.
        """
        hosts = _listed(settings.allowed_hosts)
        origins = frozenset(origin.rstrip("/") for origin in _listed(settings.allowed_origins))
        return cls(hosts | LOOPBACK_NAMES if hosts or loopback else frozenset(), origins)

    @classmethod
    def inside(cls, addresses: Iterable[str]) -> "Site":
        """Of a port that is not public. Bound to loopback it answers only to loopback's names, which no page can take.

        Elsewhere whoever scrapes it calls the machine whatever their network calls it.
        """
        loopback = all(ip_address(address).is_loopback for address in addresses)
        return cls(LOOPBACK_NAMES if loopback else frozenset(), frozenset())

    def answers_to(self, host: str | None) -> bool:
        """Whether a request with this Host header is for us; any port will do."""
        if not self.hosts:
            return True
        return host is not None and _name(host) in self.hosts

    def lets_speak(self, origins: Iterable[str], host: str | None) -> bool:
        """Whether a request with these Origin headers may open a WebSocket at ``host``."""
        return all(self._trusts(origin.lower(), host) for origin in origins)

    def _trusts(self, origin: str, host: str | None) -> bool:
        if origin in self.origins:
            return True
        scheme, separator, authority = origin.partition("://")
        return bool(separator) and scheme in {"http", "https"} and host is not None and authority == host.lower()


def _listed(text: str) -> frozenset[str]:
    return frozenset(item.strip().lower() for item in text.split(",") if item.strip())


def _name(host: str) -> str:
    """Return a Host header without its port; an IPv6 address keeps its brackets."""
    address, bracket, _ = host.lower().partition("]") if host.startswith("[") else host.lower().partition(":")
    return address + bracket if bracket == "]" else address
