"""Shapes of the look-up."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.announcements_schemas import Announcement
from adapters.web.api.v1.cases_schemas import Case, Change, Problem
from adapters.web.api.v1.deliveries_schemas import Delivery, DeliveryStory
from adapters.web.api.v1.schemas import Shape
from core.delivery import DeliveryState
from core.event import EventKind
from core.queries.look_up import CaseStory as CoreCase
from core.queries.look_up import Story as CoreStory
from core.retention import Remembered as CoreRemembered
from core.shared_note import SeenNote


class Note(Shape):
    """A shared note that was seen. `announced`: as a message, not one from before."""

    firm_id: str
    note_id: str
    case_integration_id: str
    announced: bool
    seen_at: datetime

    @classmethod
    def of(cls, note: SeenNote) -> Self:
        """Return the note's."""
        return cls(
            firm_id=note.firm_id,
            note_id=note.note_id,
            case_integration_id=note.case_integration_id,
            announced=note.announced,
            seen_at=note.seen_at,
        )


class CaseStory(Shape):
    """What is known of a case; the newest of each."""

    firm_id: str
    case_integration_id: str
    case: Case | None = Field(description="Null where it is not here.")
    problem: Problem | None
    changes: list[Change]
    deliveries: list[Delivery]
    announcements: list[Announcement]

    @classmethod
    def of(cls, story: CoreCase) -> Self:
        """Return the story's."""
        return cls(
            firm_id=story.firm_id,
            case_integration_id=story.integration_id,
            case=Case.of(story.case) if story.case else None,
            problem=Problem.of(story.problem) if story.problem else None,
            changes=[Change.of(past) for past in story.changes],
            deliveries=[Delivery.of(delivery) for delivery in story.deliveries],
            announcements=[Announcement.of(told) for told in story.announcements],
        )


class Remembered(Shape):
    """What is left of a delivery that has served its time: that there was one, and what became of it."""

    firm_id: str
    kind: EventKind
    subject_id: str = Field(description="Case Status' id of the message or document.")
    case_integration_id: str
    delivery_id: str
    state: DeliveryState
    received_at: datetime
    ended_at: datetime
    stored_id: str | None = Field(
        description="SmartAdvocate's id of the note or document, where it is there."
    )

    @classmethod
    def of(cls, one: CoreRemembered) -> Self:
        """Return the delivery's."""
        return cls(
            firm_id=one.firm_id,
            kind=one.kind,
            subject_id=one.subject_id,
            case_integration_id=one.case_integration_id,
            delivery_id=str(one.delivery_id),
            state=one.state,
            received_at=one.received_at,
            ended_at=one.ended_at,
            stored_id=one.stored_id,
        )


class Story(Shape):
    """All that the id leads to."""

    asked: str
    deliveries: list[DeliveryStory]
    remembered: list[Remembered]
    notes: list[Note]
    cases: list[CaseStory]

    @classmethod
    def of(cls, story: CoreStory) -> Self:
        """Return the story's."""
        return cls(
            asked=story.asked,
            deliveries=[DeliveryStory.told(one) for one in story.deliveries],
            remembered=[Remembered.of(one) for one in story.remembered],
            notes=[Note.of(note) for note in story.notes],
            cases=[CaseStory.of(case) for case in story.cases],
        )
