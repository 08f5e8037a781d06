"""Shapes of cases."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape, Text
from core.case import Outcome, SkipReason, StaffMember
from core.changes import CaseAsOf, PastChange
from core.paging import Place
from core.problem import CaseProblem
from core.reasons import in_words, next_step
from core.run import CaseResult
from core.usecases.import_case import FoundCase as CoreFound


class Person(Shape):
    """Somebody of the firm."""

    first_name: str
    last_name: str
    email: str | None
    role: str

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        """Return the person's."""
        return cls(**member.to_data())


class Client(Shape):
    """The client of a case."""

    first_name: str = Field(examples=["Ada"])
    last_name: str = Field(examples=["Example"])
    phone: str = Field(examples=["+12025550143"])
    email: str | None = Field(examples=["ada@example.com"])


class Case(Shape):
    """A case as Case Status keeps it. SmartAdvocate overwrites all but the client, who is set once."""

    firm_id: str = Field(examples=["north"])
    case_integration_id: str = Field(examples=["300417"], description="SmartAdvocate's case id: the key.")
    readable_id: str = Field(description="The case's number, as people of the firm know it.")
    practice_area: str | None
    stage: str | None
    lead_attorney: Person
    attorneys: list[Person]
    paralegals: list[Person]
    description: str
    case_date: date | None
    closed: bool
    closes_at: datetime | None = Field(description="A closing date that has not come yet.")
    client: Client
    modified_at: datetime = Field(description="When it was last changed in SmartAdvocate.")
    changed_at: datetime = Field(description="When it was last stored here.")

    @classmethod
    def of(cls, found: CaseAsOf) -> Self:
        """Return the case's."""
        case = found.case
        client = Client(
            first_name=case.client.first_name,
            last_name=case.client.last_name,
            phone=case.client.phone,
            email=case.client.email,
        )
        return cls(
            firm_id=found.firm_id,
            case_integration_id=case.integration_id,
            readable_id=case.readable_id,
            practice_area=case.practice_area,
            stage=case.stage,
            lead_attorney=Person.of(case.lead_attorney),
            attorneys=[Person.of(member) for member in case.attorneys],
            paralegals=[Person.of(member) for member in case.paralegals],
            description=case.description,
            case_date=case.case_date,
            closed=case.closed,
            closes_at=case.closes_at,
            client=client,
            modified_at=case.modified_at,
            changed_at=found.changed_at,
        )


class Change(Shape):
    """One field of one case, as it was and as it became."""

    at: datetime
    run_id: str
    field: str
    old: Any
    new: Any

    @classmethod
    def of(cls, past: PastChange) -> Self:
        """Return the change's."""
        change = past.change
        return cls(at=past.at, run_id=str(past.run_id), field=change.field, old=change.old, new=change.new)


class CaseWanted(Asked):
    """A case: its integration id, its number, or the address of its page in SmartAdvocate."""

    case: Text = Field(examples=["300417"])


class FoundCase(Shape):
    """A case as SmartAdvocate has it, for somebody to recognise."""

    case_integration_id: str
    readable_id: str
    client: str | None
    known: bool = Field(description="Whether it is here already, and would be updated.")

    @classmethod
    def of(cls, found: CoreFound) -> Self:
        """Return the case's."""
        return cls(
            case_integration_id=found.source.integration_id,
            readable_id=found.number,
            client=found.client or None,
            known=found.is_known,
        )


class Result(Shape):
    """What a run did with a case."""

    case_integration_id: str
    readable_id: str
    outcome: Outcome
    reason: SkipReason | None = Field(description="Why it was skipped, or is not as it should be.")
    in_words: str | None
    next_step: str | None
    changed: list[str]
    detail: str

    @classmethod
    def of(cls, result: CaseResult) -> Self:
        """Return the result's, without the client's name: the case has it, and the CSV for people."""
        skip = result.skip
        return cls(
            case_integration_id=result.integration_id,
            readable_id=result.readable_id,
            outcome=result.outcome,
            reason=skip,
            in_words=in_words(skip, result.detail) if skip else None,
            next_step=next_step(skip) if skip else None,
            changed=list(result.changed),
            detail=result.detail,
        )


class Imported(Result):
    """What became of the case."""


class Problem(Shape):
    """What is wrong with a case. `imported` ones keep what they had."""

    case_integration_id: str
    readable_id: str
    imported: bool
    reason: SkipReason
    in_words: str
    next_step: str
    scope: str = Field(description="The practice area that `name` is in, or empty.")
    name: str = Field(description="What matches nothing, or the field that lacks.")
    modified_at: datetime | None

    @classmethod
    def of(cls, problem: CaseProblem) -> Self:
        """Return the problem's, without the client's name."""
        return cls(
            case_integration_id=problem.integration_id,
            readable_id=problem.readable_id,
            imported=not problem.skipped,
            reason=problem.reason,
            in_words=in_words(problem.reason, problem.label),
            next_step=next_step(problem.reason),
            scope=problem.scope,
            name=problem.name,
            modified_at=problem.modified_at,
        )


def changed_since(time: datetime | None) -> Place | None:
    """Return the place behind all that changed up to then (UTC)."""
    return None if time is None else (time, "\U0010ffff")
