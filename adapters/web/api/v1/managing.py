"""What implementation managers do: look what a reset takes, take over a mapping, go back to a version."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from adapters.web.api.v1.managing_schemas import Copied, CopyTrial, CopyWanted, ResetEstimate
from adapters.web.api.v1.mapping_schemas import Saved, SettingsPreview
from adapters.web.api.v1.schemas import FirmId
from adapters.web.who import Who
from core.desk import Desk

_Anyway = Annotated[bool, Query(description="Save it though cases that come over now would do so no longer.")]
_Version = Annotated[int, Path(ge=1, lt=2**31, description="A version, as `setting-versions` shows it.")]


def add_managing(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms/{firm_id}/reset-estimate", summary="What ten years again would take")
    def estimate_reset(request: Request, firm_id: FirmId) -> ResetEstimate:
        """Say how many cases, requests, and how long, after one small page of SmartAdvocate. Starts nothing.

        Needs the scope `manage`, as the reset itself: `POST …/runs` with `full`.
        """
        return ResetEstimate.of(desk.estimate_reset(who(request), firm_id))

    @router.post("/firms/{firm_id}/mapping/copy/trial", summary="What another firm's mapping would change")
    def try_copy(request: Request, firm_id: FirmId, wanted: CopyWanted) -> CopyTrial:
        """Return what would differ of each setting. Nothing is saved. Needs the scope `manage`."""
        found = desk.copy_mapping.preview(who(request), firm_id, wanted.source)
        return CopyTrial(changed={kind: dict(found[kind]) for kind in found if kind in wanted.settings})

    @router.post("/firms/{firm_id}/mapping/copy", summary="Take over another firm's mapping")
    def copy_mapping(
        request: Request, firm_id: FirmId, wanted: CopyWanted, anyway: _Anyway = False
    ) -> Copied:
        """Save practice areas, fields and closing as the other firm has them. Needs the scope `manage`."""
        saved = desk.copy_mapping(who(request), firm_id, wanted.source, wanted.settings, anyway=anyway)
        return Copied(versions={kind: one.firm.settings_version for kind, one in saved.items()})

    @router.post(
        "/firms/{firm_id}/setting-versions/{version}/trial", summary="What an earlier version would change"
    )
    def try_version(request: Request, firm_id: FirmId, version: _Version) -> SettingsPreview:
        """Try an earlier version of a setting on the firm's cases. Nothing is saved."""
        _, tried = desk.go_back.preview(who(request), firm_id, version)
        return SettingsPreview.of(tried)

    @router.post(
        "/firms/{firm_id}/setting-versions/{version}/restore", summary="Go back to an earlier version"
    )
    def restore_version(
        request: Request, firm_id: FirmId, version: _Version, anyway: _Anyway = False
    ) -> Saved:
        """Save what a version was, as the next one: 409 where cases would come over no longer."""
        return Saved.of(desk.go_back(who(request), firm_id, version, anyway=anyway))
