"""Which tokens a server accepts, by its flags, settings and surroundings. A mistake is one sentence at start."""

from collections.abc import Callable, Mapping

from exchange.net.identity import Authenticator, DeveloperTokens, NoTokens
from exchange.net.oidc.issuer import read_issuer
from exchange.net.oidc.tokens import IssuerTokens
from exchange.settings import SettingError, Settings

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
PRODUCTION = frozenset({"EXCHANGE_PRODUCTION", "FLY_APP_NAME"})
"""Variables of the environment that say, by being there, that others rely on this server; fly.io sets the second."""


def choose_authenticator(
    settings: Settings,
    wall_clock_ns: Callable[[], int],
    variables: Mapping[str, str],
    *,
    host: str,
    dev_auth: bool,
    dev_auth_anywhere: bool,
) -> Authenticator:
    """What checks tokens. Raises :class:`SettingError` for what cannot be meant."""
    issuer = read_issuer(settings)
    if dev_auth:
        _check_developers(settings, variables, host=host, anywhere=dev_auth_anywhere)
        return DeveloperTokens()
    if dev_auth_anywhere:
        raise SettingError("--dev-auth-anywhere says nothing without --dev-auth")
    if issuer is not None:
        return IssuerTokens(issuer, settings, wall_clock_ns)
    if settings.entry_file or settings.entry_listed_only or settings.admin_subjects:
        raise SettingError("entry_file, entry_listed_only and admin_subjects need an issuer: set oidc_issuer")
    return NoTokens()


def _check_developers(settings: Settings, variables: Mapping[str, str], *, host: str, anywhere: bool) -> None:
    if PRODUCTION & variables.keys():
        raise SettingError(
            "--dev-auth lets anybody in as whoever they say, and is refused in production (fly.io, or"
            " EXCHANGE_PRODUCTION is set): set oidc_issuer"
        )
    if settings.oidc_issuer:
        raise SettingError("--dev-auth beside oidc_issuer would let anybody in past it: choose one of them")
    if settings.behind_fly_proxy:
        raise SettingError("--dev-auth behind a proxy would take the whole world for this machine: set oidc_issuer")
    if host not in LOOPBACK_HOSTS and not anywhere:
        raise SettingError("developer tokens let anybody in: to open them to the network add --dev-auth-anywhere")
