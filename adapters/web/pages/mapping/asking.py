"""Before settings are saved: what would differ, what that does to real cases, and the question."""

from collections.abc import Sequence

from fastapi import Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.closing import ClosedRule
from core.desk import Desk
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.setting_state import state_of
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.usecases.preview_settings import SettingsPreview


class Asking:
    """Shows the question. `fields` are posted once more when the answer is yes, and the state with them."""

    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def areas(
        self,
        request: Request,
        actor: Actor,
        firm: Firm,
        areas: PracticeAreas,
        *,
        title: str,
        action: str,
        cancel: str,
        button: str = "Save",
        lead: str = "",
        fields: Sequence[tuple[str, str]] = (),
    ) -> Response:
        """Ask about practice areas and stages."""
        tried = self._desk.preview_settings.practice_areas(actor, firm.firm_id, areas)
        kind = SettingKind.PRACTICE_AREAS
        return self.shown(
            request,
            firm,
            kind,
            tried,
            title,
            action=action,
            cancel=cancel,
            button=button,
            lead=lead,
            fields=fields,
        )

    def mapping(
        self,
        request: Request,
        actor: Actor,
        firm: Firm,
        mapping: FieldMapping,
        *,
        action: str,
        cancel: str,
        fields: Sequence[tuple[str, str]],
    ) -> Response:
        """Ask about where fields come from."""
        tried = self._desk.preview_settings.field_mapping(actor, firm.firm_id, mapping)
        kind, title = SettingKind.FIELD_MAPPING, "save where fields come from"
        return self.shown(request, firm, kind, tried, title, action=action, cancel=cancel, fields=fields)

    def closing(
        self,
        request: Request,
        actor: Actor,
        firm: Firm,
        rule: ClosedRule,
        *,
        action: str,
        cancel: str,
        fields: Sequence[tuple[str, str]],
    ) -> Response:
        """Ask about how closed is said."""
        tried = self._desk.preview_settings.closing(actor, firm.firm_id, rule)
        kind, title = SettingKind.CLOSING, "save how closed is said"
        return self.shown(request, firm, kind, tried, title, action=action, cancel=cancel, fields=fields)

    def shown(
        self,
        request: Request,
        firm: Firm,
        kind: SettingKind,
        tried: SettingsPreview,
        title: str,
        *,
        action: str,
        cancel: str,
        button: str = "Save",
        lead: str = "",
        fields: Sequence[tuple[str, str]] = (),
    ) -> Response:
        """Show what was tried, and ask."""
        kept = [(name, value) for name, value in fields if name not in {"state", "sure"}]
        return self._shell.page(
            request,
            "mapping/question.html",
            firm=firm,
            tried=tried,
            title=title[:1].upper() + title[1:] + "?",
            action=action,
            cancel=cancel,
            button=button,
            lead=lead,
            fields=[*kept, ("state", state_of(firm, kind))],
            words=firm_words,
            reasons=WORDS,
        )
