"""One firm's SmartAdvocate as the client sees it: full URLs, made once, and its profile."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from adapters.smartadvocate.base_url import normalise_base_url
from adapters.smartadvocate.profile import Profile, read_profile
from adapters.smartadvocate.routes import Purpose
from core.errors import ConnectionRejectedError
from core.firm import Firm

_MAX_KEPT: Final = 20_000  # sites; one is about a kilobyte


@dataclass(frozen=True, slots=True)
class Site:
    """Base URL, profile, and the URL template of every route."""

    base_url: str
    profile: Profile
    urls: Mapping[Purpose, str]

    def url(self, purpose: Purpose, case_id: str = "", case_number: str = "") -> str:
        """Return the URL of a route, its placeholder filled.

        `case_id` is one that `wire.identifier` gave; a case number may be any text.
        """
        template = self.urls[purpose]
        if case_id:
            template = template.replace("{case_id}", case_id)
        return template.replace("{case_number}", quote(case_number, safe="")) if case_number else template


class Sites:
    """Makes and keeps sites. Any number of threads may ask; a changed address or profile makes a new one."""

    def __init__(self, allow_http_hosts: Collection[str] | None = None) -> None:
        self._allow_http_hosts = allow_http_hosts
        self._kept: dict[str, tuple[str, Mapping[str, Any], Site]] = {}

    def site(self, firm: Firm) -> Site:
        """Return the firm's site.

        Raises ConnectionRejectedError for a firm without address, ConfigurationError for a wrong one.
        """
        if firm.base_url is None:
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r} has no SmartAdvocate address yet", firm_id=firm.firm_id
            )
        kept = self._kept.get(firm.firm_id)
        if kept is not None and kept[0] == firm.base_url and kept[1] == firm.profile:
            return kept[2]
        base_url = normalise_base_url(firm.base_url, self._allow_http_hosts)
        profile = read_profile(firm.firm_id, firm.profile)
        urls = {purpose: base_url + route.path for purpose, route in profile.routes.items()}
        site = Site(base_url, profile, urls)
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[firm.firm_id] = (firm.base_url, dict(firm.profile), site)
        return site
