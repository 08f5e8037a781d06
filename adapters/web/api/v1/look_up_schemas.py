"""Shapes of the look-up."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.announcements_schemas import Announcement
from adapters.web.api.v1.cases_schemas import Case, Change, Problem
from adapters.web.api.v1.deliveries_schemas import Delivery, DeliveryStory
from adapters.web.api.v1.schemas import Shape
from core.queries.look_up import CaseStory as CoreCase
from core.queries.look_up import Story as CoreStory
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


class Story(Shape):
    """All that the id leads to."""

    asked: str
    deliveries: list[DeliveryStory]
    notes: list[Note]
    cases: list[CaseStory]

    @classmethod
    def of(cls, story: CoreStory) -> Self:
        """Return the story's."""
        return cls(
            asked=story.asked,
            deliveries=[DeliveryStory.told(one) for one in story.deliveries],
            notes=[Note.of(note) for note in story.notes],
            cases=[CaseStory.of(case) for case in story.cases],
        )
