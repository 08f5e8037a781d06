"""What the command line says of a firm's way to where everything flows, and which command takes each step."""

from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType
from typing import Any, Final

from adapters.cli.counted import counted
from core.go_live import Checklist, GoLiveItem, GoLiveStep, StepState
from core.words import Words

WORDS: Final[Mapping[GoLiveStep, Mapping[StepState, Words]]] = MappingProxyType(
    {
        GoLiveStep.CONNECTED: {
            StepState.DONE: Words("connected to SmartAdvocate"),
            StepState.MISSING: Words(
                "not connected to SmartAdvocate: nothing flows", "casebridge connect FIRM --oauth"
            ),
        },
        GoLiveStep.PERMISSIONS: {
            StepState.DONE: Words("the account may do what is needed, as far as was tried"),
            StepState.MISSING: Words("the account may not ABOUT", "casebridge permissions FIRM"),
            StepState.UNTRIED: Words(
                "nobody has looked what the account may do", "casebridge permissions FIRM"
            ),
        },
        GoLiveStep.PRACTICE_AREAS: {
            StepState.DONE: Words("practice areas and stages are set"),
            StepState.MISSING: Words(
                "no practice areas are set: every new case is skipped",
                "casebridge mapping areas FIRM FILE",
            ),
        },
        GoLiveStep.VERIFICATION: {
            StepState.DONE: Words("test cases were verified"),
            StepState.MISSING: Words(
                "the last verification of test cases failed", "casebridge verifications list FIRM"
            ),
            StepState.UNTRIED: Words("no test cases were verified", "casebridge verify FIRM ID ID"),
        },
        GoLiveStep.FIRST_IMPORT: {
            StepState.DONE: Words("the first import has finished"),
            StepState.MISSING: Words(
                "no first import: messages wait for their cases", "casebridge sync cases FIRM --watch"
            ),
            StepState.UNDER_WAY: Words("the first import is under way", "casebridge runs list --firm FIRM"),
        },
        GoLiveStep.NAMES: {
            StepState.DONE: Words("SmartAdvocate's names all match"),
            StepState.MISSING: Words(
                "names that match nothing keep CASES back, or as they were",
                "casebridge mapping unmatched FIRM",
            ),
            StepState.UNTRIED: Words(
                "whether SmartAdvocate's names match is known after the first import",
                "casebridge mapping unmatched FIRM",
            ),
        },
    }
)


def said_of_item(firm_id: str, item: GoLiveItem) -> dict[str, Any]:
    """Return a step for a table or JSON: where it stands in words, and what to type."""
    words = WORDS[item.step][item.state]
    what = words.what.replace("ABOUT", ", ".join(item.about)).replace("CASES", counted(item.cases, "case"))
    step = words.next_step.replace("FIRM", quote(firm_id))
    return {"step": item.step.value, "state": item.state.value, "what": what, "next_step": step}


def still_missing(checklist: Checklist, *, is_connecting: bool = False) -> str:
    """Return what is left in lines, "" where everything flows. `is_connecting`: that step is being taken."""
    taken = {GoLiveStep.CONNECTED} if is_connecting else set()
    left = [said_of_item(checklist.firm_id, item) for item in checklist.left if item.step not in taken]
    if not left:
        return ""
    lines = [f"- {item['what']}\n    {item['next_step']}".rstrip() for item in left]
    when = "once it is connected, " if is_connecting else ""
    return "\n".join([f"still missing before everything flows, {when}in this order:", *lines])


def left_data(checklist: Checklist) -> list[dict[str, Any]]:
    """Return what is left for JSON."""
    return [said_of_item(checklist.firm_id, item) for item in checklist.left]
