"""The room of the web: settings turned into what stands around its pages and its API."""

from adapters.web.buckets import Rate
from adapters.web.middleware.client_address import networks
from adapters.web.middleware.guard import Guard
from adapters.web.middleware.rate_limit import RateLimits
from bootstrap.settings import Settings


def make_guard(settings: Settings) -> Guard:
    """Return what every request passes. Raises ConfigurationError for proxies that are no addresses."""
    return Guard(
        settings.browser_url(), networks(settings.trusted_proxies), _rates(settings), settings.oidc_name
    )


def _rates(settings: Settings) -> RateLimits:
    per_s = float(settings.api_requests_per_s)
    sign_ins = settings.sign_ins_per_min
    return RateLimits(
        key=Rate(per_s, 5 * settings.api_requests_per_s),
        address=Rate(4 * per_s, 20 * settings.api_requests_per_s),
        sign_in=Rate(sign_ins / 60, sign_ins),
    )
