"""What somebody can ask for by its number or name, and find that it is not there."""

from enum import StrEnum


class Thing(StrEnum):
    """A kind of thing. Doors say what it is called there, and where all of its kind are listed."""

    RUN = "run"
    BULK = "bulk operation"
    DELIVERY = "delivery"
    CASE = "case"
    PROBLEM = "problem"
    VERIFICATION = "verification"
    REPORT = "exception report"
    ISSUE = "issue"
    MUTED_ISSUE = "muted issue"
    ANNOUNCEMENT = "announcement"
    REJECTED_EVENT = "rejected event"
    VERSION = "version of settings"
    RECIPIENT = "recipient of letters"
    API_KEY = "API key"
    PERSON = "person"
