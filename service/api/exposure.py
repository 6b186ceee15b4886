"""Whom the service would let in where it is about to listen; looked at before it does."""

from service.context import Service
from service.errors import SettingsError
from service.keys import has_keys
from service.settings import Settings


def check_exposure(service: Service) -> None:
    """Raises SettingsError when other machines could reach a service that nobody may use, or everybody without having been asked for."""
    if not service.settings.is_loopback and not service.settings.allow_without_keys:
        check_keys(service.settings, has_keys(service.database))


def check_keys(settings: Settings, has_keys: bool) -> None:
    """The rule for an address that other machines can reach."""
    allow = "or set MOVIETAGS_ALLOW_WITHOUT_KEYS=true to let everybody in without one"
    if not settings.needs_keys:
        raise SettingsError(f"Listening on {settings.host} with API keys switched off; leave MOVIETAGS_REQUIRE_KEYS unset, {allow}.")
    if not has_keys:
        raise SettingsError(
            f"Listening on {settings.host} needs an API key, and there is none: "
            f"`movietags keys create --name NAME --scope write` makes one; {allow}."
        )
