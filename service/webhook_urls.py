"""Where webhooks may go: public addresses over HTTP, unless private ones are allowed."""

from service.errors import WebhookRefused
from service.outgoing_urls import Resolve, UrlRules, addresses, resolve_name, split_url
from service.settings import Settings


def check_url(url: str, settings: Settings, resolve: Resolve = resolve_name) -> None:
    """Raises WebhookRefused for a URL that no webhook may be sent to. Asks the resolver, which may take seconds."""
    rules = webhook_rules(allow_private=settings.allow_private_webhooks)
    parts, port = split_url(url, rules)
    addresses(str(parts.hostname), port, resolve, rules)


def webhook_rules(*, allow_private: bool) -> UrlRules:
    """How far webhooks may go."""
    return UrlRules("webhook", WebhookRefused, allow_private, "MOVIETAGS_ALLOW_PRIVATE_WEBHOOKS=true allows private addresses")
