"""Which command lists the things that are there, for somebody who asked for one that is not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.thing import Thing

# What kind of thing is not there -> where those are that are.
LISTS: Final[Mapping[Thing, str]] = MappingProxyType(
    {
        Thing.CASE: "What is known of it: casebridge cases why FIRM CASE",
        Thing.ANNOUNCEMENT: "The known ones are on the page of announcements: casebridge sign-in-link",
        **{
            thing: f"The known ones: casebridge {command}"
            for thing, command in {
                Thing.RUN: "runs list",
                Thing.BULK: "bulk list",
                Thing.DELIVERY: "deliveries list",
                Thing.PROBLEM: "cases problems FIRM",
                Thing.VERIFICATION: "verifications list FIRM",
                Thing.REPORT: "runs exceptions FIRM",
                Thing.ISSUE: "issues list --firm FIRM",
                Thing.MUTED_ISSUE: "issues list --muted --firm FIRM",
                Thing.REJECTED_EVENT: "events rejected",
                Thing.VERSION: "mapping history FIRM",
                Thing.RECIPIENT: "notifications list FIRM",
                Thing.API_KEY: "api-keys list",
                Thing.PERSON: "people list",
            }.items()
        },
    }
)
