"""What a firm would set up in Case Status: practice areas with 2 to 12 ordered stages and their integration
mappings.

Names match exactly, case included (Case Status sheet, section 5). The seeded cases are drawn from this
set-up, so it says at the same time which names of SmartAdvocate are mapped and which are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A stage as the client sees it, and the SmartAdvocate statuses that stand for it."""

    name: str
    mappings: tuple[str, ...] = ()

    @property
    def statuses(self) -> tuple[str, ...]:
        """The SmartAdvocate statuses that match: the display name and every mapping."""
        return (self.name, *self.mappings)


@dataclass(frozen=True)
class PracticeArea:
    """A practice area, the SmartAdvocate case types that stand for it, and the group those belong to."""

    name: str
    group: str
    mappings: tuple[str, ...]
    stages: tuple[Stage, ...]

    @property
    def case_types(self) -> tuple[str, ...]:
        """The display name and every mapping: all of them occur as `caseType`."""
        return (self.name, *self.mappings)

    def maps_stage(self, status: str) -> bool:
        """Whether a case of this area with this `caseStatus` has a stage."""
        return any(status == stage.name or status in stage.mappings for stage in self.stages)


CLOSED = "Closed"
SETTLED = "Closed - Settled"
CLOSED_STATUSES = (CLOSED, SETTLED)
"""The statuses that mean closed in every seeded firm; each area's last stage takes both."""
RENAMED_OLD, RENAMED_NEW = "Discovery Phase", "Discovery"
"""One status whose look-up gives the new name while some rows still carry the old one."""

_CLOSED = Stage("Case Closed", CLOSED_STATUSES)

PRACTICE_AREAS = (
    PracticeArea(
        "Auto Accident",
        "Personal Injury",
        ("Motor Vehicle Accident", "MVA"),
        (
            Stage("Welcome", ("Intake", "New Case")),
            Stage("Investigation"),
            Stage("Treatment", ("Treating",)),
            Stage("Treatment Completed", ("Released From Treatment",)),
            Stage("Gathering Records", ("Medical Records Requested",)),
            Stage("Preparing Your Demand", ("Demand Prep",)),
            Stage("Demand Sent"),
            Stage("Negotiation", ("In Negotiation",)),
            Stage("Lawsuit", ("Suit Filed",)),
            Stage("Exchange of Information", (RENAMED_NEW, RENAMED_OLD)),
            Stage("Settlement", ("Settled - Pending Disbursement",)),
            _CLOSED,
        ),
    ),
    PracticeArea(
        "Slip and Fall",
        "Personal Injury",
        ("Premises Liability",),
        (
            Stage("Welcome", ("Intake", "New Case")),
            Stage("Investigation"),
            Stage("Treatment"),
            Stage("Treatment Completed", ("Released From Treatment",)),
            Stage("Negotiation", ("Demand Sent", "In Negotiation")),
            _CLOSED,
        ),
    ),
    PracticeArea(
        "Workers' Compensation",
        "Workers' Compensation",
        ("Workers Comp",),
        (
            Stage("Welcome", ("Intake",)),
            Stage("Claim Filed"),
            Stage("Treatment", ("Released From Treatment",)),
            Stage("Hearing", ("Hearing Scheduled",)),
            _CLOSED,
        ),
    ),
    PracticeArea(
        "Medical Malpractice",
        "Malpractice",
        (),
        (
            Stage("Welcome", ("Intake",)),
            Stage("Expert Review", ("Merit Review",)),
            Stage("Lawsuit", ("Suit Filed",)),
            Stage("Exchange of Information", (RENAMED_NEW, RENAMED_OLD)),
            Stage("Mediation"),
            Stage("Trial", ("Trial Calendar",)),
            Stage("Appeal", ("Appeal Pending",)),
            _CLOSED,
        ),
    ),
    PracticeArea(
        "Dog Bite",
        "Personal Injury",
        ("Animal Attack",),
        (Stage("Open", ("Intake", "Investigation", "Treatment", "In Negotiation")), _CLOSED),
    ),
)

UNMAPPED_CASE_TYPES = ("auto accident", "Mass Tort", "Slip And Fall", "Social Security Disability")
"""Two misspelt in case alone, two really missing."""
UNMAPPED_STATUSES = ("Released from treatment", "Referred Out", "Sub-Out")
"""Mapped in no area: one misspelt in case alone, two really missing."""
STATUS_OF_OTHER_AREA = {
    "Auto Accident": "Appeal Pending",
    "Slip and Fall": "Hearing Scheduled",
    "Workers' Compensation": "Suit Filed",
    "Medical Malpractice": "Treatment",
    "Dog Bite": "Demand Prep",
}
"""For each area a status that only other areas map."""


def area_of(case_type: str) -> PracticeArea | None:
    """The area a `caseType` belongs to, by exact name."""
    return next((area for area in PRACTICE_AREAS if case_type in area.case_types), None)


def case_status_setup() -> list[dict[str, Any]]:
    """The set-up as JSON: `[{name, mappings, stages: [{name, mappings}]}]`."""
    return [
        {
            "name": area.name,
            "mappings": list(area.mappings),
            "stages": [{"name": stage.name, "mappings": list(stage.mappings)} for stage in area.stages],
        }
        for area in PRACTICE_AREAS
    ]
