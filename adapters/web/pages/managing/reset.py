"""Ten years again: what it would take first, then the question, then the run."""

from fastapi import APIRouter, Request, Response

from adapters.web.pages.managing import words
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.errors import CasebridgeError, ConfigurationError
from core.run import Trigger
from core.setting_version import SettingKind
from core.usecases.copy_mapping import COPIED


def add_reset(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages."""

    @router.get("/firms/{firm_id}/reset")
    def page(request: Request, firm_id: str) -> Response:
        actor = shell.who(request)
        firm = desk.estimate_reset.firm(actor, firm_id)
        return shell.page(request, "managing/reset.html", firm=firm, base=firm_url(firm_id), estimate=None)

    @router.post("/firms/{firm_id}/reset")
    def reset(request: Request, firm_id: str, form: Posted) -> Response:
        actor = shell.who(request)
        firm = desk.estimate_reset.firm(actor, firm_id)
        if not form.has("sure"):
            estimate = desk.estimate_reset(actor, firm_id)
            return shell.page(
                request, "managing/reset.html", firm=firm, base=firm_url(firm_id), estimate=estimate
            )
        run, is_new = desk.start_sync(actor, firm, Trigger.RESET)
        told = "The reset has begun" if is_new else "It follows the run that is under way"
        return shell.to(firm_url(firm_id, f"/runs/{run.run_id}"), Done(told))


def add_copy(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the pages that take over another firm's mapping."""

    @router.get("/firms/{firm_id}/copy")
    def page(request: Request, firm_id: str) -> Response:
        source = request.query_params.get("from", "").strip()
        return _copy_page(request, shell, desk, firm_id, source)

    @router.post("/firms/{firm_id}/copy")
    def copy(request: Request, firm_id: str, form: Posted) -> Response:
        actor, source = shell.who(request), form.one("from")
        kinds = [kind for kind in COPIED if kind.value in form.all("setting")]
        if not kinds:
            raise ConfigurationError("no setting was chosen", firm_id=firm_id)
        try:
            saved = desk.copy_mapping(actor, firm_id, source, kinds, anyway=form.has("anyway"))
        except CasebridgeError as error:
            return _copy_page(request, shell, desk, firm_id, source, chosen=kinds, refused=error)
        taken = ", ".join(words.SETTINGS[kind].split(",")[0].lower() for kind in saved) or "nothing differed"
        return shell.to(firm_url(firm_id, "/go-live"), Done(f"Taken over from {source}: {taken}"))


def _copy_page(
    request: Request,
    shell: Shell,
    desk: Desk,
    firm_id: str,
    source: str,
    chosen: list[SettingKind] | None = None,
    refused: CasebridgeError | None = None,
) -> Response:
    actor = shell.who(request)
    firm = desk.copy_mapping.firm(actor, firm_id)
    changes = desk.copy_mapping.preview(actor, firm_id, source) if source else None
    return shell.page(
        request,
        "managing/copy.html",
        status=409 if refused else 200,
        firm=firm,
        base=firm_url(firm_id),
        source=source,
        changes=changes,
        chosen=[*COPIED] if chosen is None else chosen,
        refused=str(refused) if refused else "",
        words=words,
    )
