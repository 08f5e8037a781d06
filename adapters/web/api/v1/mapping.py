"""A firm's mapping, practice areas, closing and profile: read, try, save, and as they were."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.web.api.v1.etags import expected, put_etag
from adapters.web.api.v1.mapping_schemas import (
    CasePreview,
    Closing,
    Mapping,
    PracticeArea,
    PracticeAreas,
    PreviewWanted,
    Profile,
    ProfileKey,
    ProfileKeys,
    Saved,
    SettingsPreview,
    UnmatchedName,
    UnmatchedNames,
    Version,
    firm_to_try,
)
from adapters.web.api.v1.schemas import LIMIT, Cursor, FirmId, Limit, Listing, PageOf, problems
from adapters.web.who import Who
from core.desk import Desk
from core.setting_version import SettingKind

_Anyway = Annotated[bool, Query(description="Save it though cases that come over now would do so no longer.")]
_FIELDS, _AREAS = SettingKind.FIELD_MAPPING, SettingKind.PRACTICE_AREAS
_CLOSING, _PROFILE = SettingKind.CLOSING, SettingKind.PROFILE


def add_mapping(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes of what can be read, saved and tried alike."""
    save, preview = desk.change_settings, desk.preview_settings

    @router.get("/firms/{firm_id}/mapping", summary="Read where fields come from")
    def read_mapping(request: Request, response: Response, firm_id: FirmId) -> Mapping:
        """Return the field mapping, with its state as `ETag`."""
        firm = desk.firms.get(who(request), firm_id)
        put_etag(response, firm, _FIELDS)
        return Mapping.of(firm)

    @router.put("/firms/{firm_id}/mapping", summary="Save where fields come from", responses=problems(412))
    def save_mapping(
        request: Request, response: Response, firm_id: FirmId, mapping: Mapping, anyway: _Anyway = False
    ) -> Saved:
        """Save it once it was tried on real cases: 409 where some would come over no longer."""
        state, new = expected(request), mapping.to_core()
        saved = save.field_mapping(who(request), firm_id, new, anyway=anyway, expected=state)
        put_etag(response, saved.firm, _FIELDS)
        return Saved.of(saved)

    @router.post("/firms/{firm_id}/mapping/trial", summary="What a mapping would change")
    def try_mapping(request: Request, firm_id: FirmId, mapping: Mapping) -> SettingsPreview:
        """Try it on the firm's cases. Nothing is saved."""
        return SettingsPreview.of(preview.field_mapping(who(request), firm_id, mapping.to_core()))

    @router.get("/firms/{firm_id}/practice-areas", summary="Read practice areas and stages")
    def read_practice_areas(request: Request, response: Response, firm_id: FirmId) -> PracticeAreas:
        """Return practice areas with their stages and names, with their state as `ETag`."""
        firm = desk.firms.get(who(request), firm_id)
        put_etag(response, firm, _AREAS)
        return PracticeAreas(items=[PracticeArea(**area) for area in firm.practice_areas.to_data()])

    @router.put(
        "/firms/{firm_id}/practice-areas", summary="Save practice areas and stages", responses=problems(412)
    )
    def save_practice_areas(
        request: Request, response: Response, firm_id: FirmId, areas: PracticeAreas, anyway: _Anyway = False
    ) -> Saved:
        """Save them once they were tried. What was skipped for want of them is tried again at once."""
        state, new = expected(request), areas.to_core()
        saved = save.practice_areas(who(request), firm_id, new, anyway=anyway, expected=state)
        put_etag(response, saved.firm, _AREAS)
        return Saved.of(saved)

    @router.post("/firms/{firm_id}/practice-areas/trial", summary="What practice areas would change")
    def try_practice_areas(request: Request, firm_id: FirmId, areas: PracticeAreas) -> SettingsPreview:
        """Try them on the firm's cases. Nothing is saved."""
        return SettingsPreview.of(preview.practice_areas(who(request), firm_id, areas.to_core()))

    @router.get("/firms/{firm_id}/closing", summary="Read how closed is said")
    def read_closing(request: Request, response: Response, firm_id: FirmId) -> Closing:
        """Return how the firm's SmartAdvocate says that a case is closed."""
        firm = desk.firms.get(who(request), firm_id)
        put_etag(response, firm, _CLOSING)
        return Closing.of(firm.closed)

    @router.put("/firms/{firm_id}/closing", summary="Save how closed is said", responses=problems(412))
    def save_closing(
        request: Request, response: Response, firm_id: FirmId, closing: Closing, anyway: _Anyway = False
    ) -> Saved:
        """Save it once it was tried on real cases."""
        state, new = expected(request), closing.to_core()
        saved = save.closing(who(request), firm_id, new, anyway=anyway, expected=state)
        put_etag(response, saved.firm, _CLOSING)
        return Saved.of(saved)

    @router.post("/firms/{firm_id}/closing/trial", summary="What another rule for closing would change")
    def try_closing(request: Request, firm_id: FirmId, closing: Closing) -> SettingsPreview:
        """Try it on the firm's cases. Nothing is saved."""
        return SettingsPreview.of(preview.closing(who(request), firm_id, closing.to_core()))

    @router.get("/firms/{firm_id}/profile", summary="Read the SmartAdvocate profile")
    def read_profile(request: Request, response: Response, firm_id: FirmId) -> Profile:
        """Return what the firm has of its own."""
        firm = desk.firms.get(who(request), firm_id)
        put_etag(response, firm, _PROFILE)
        return Profile(values=dict(firm.profile))

    @router.get("/firms/{firm_id}/profile/keys", summary="Read what a profile can hold")
    def list_profile_keys(request: Request, firm_id: FirmId) -> ProfileKeys:
        """Return every key with what it means, an example, its default, and the value in force."""
        found = desk.profiles.show(who(request), firm_id)
        return ProfileKeys(items=[ProfileKey.of(value) for value in found])

    @router.post("/firms/{firm_id}/profile/trial", summary="What a profile would change")
    def try_profile(request: Request, firm_id: FirmId, profile: Profile) -> SettingsPreview:
        """Check it, and try it on the firm's cases. Nothing is saved. Needs the scope `manage`."""
        return SettingsPreview.of(preview.profile(who(request), firm_id, profile.values))

    @router.put("/firms/{firm_id}/profile", summary="Save the SmartAdvocate profile", responses=problems(412))
    def save_profile(
        request: Request, response: Response, firm_id: FirmId, profile: Profile, anyway: _Anyway = False
    ) -> Saved:
        """Save it whole. Needs the scope `manage`."""
        state = expected(request)
        saved = save.profile(who(request), firm_id, profile.values, anyway=anyway, expected=state)
        put_etag(response, saved.firm, _PROFILE)
        return Saved.of(saved)


def add_previews(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes of what a mapping makes of cases, of what it lacks, and of what it was."""

    @router.post("/firms/{firm_id}/mapping/preview", summary="What a mapping makes of one case")
    def preview_case(request: Request, firm_id: FirmId, wanted: PreviewWanted) -> CasePreview:
        """Read a real case and show each field with its source; the saved mapping, or one to try."""
        actor = who(request)
        firm = firm_to_try(desk.firms.get(actor, firm_id), wanted)
        return CasePreview.of(desk.preview_mapping(actor, firm, wanted.case))

    @router.get("/firms/{firm_id}/unmatched-names", summary="Names that nothing matches")
    def list_unmatched_names(request: Request, firm_id: FirmId) -> UnmatchedNames:
        """Return names of SmartAdvocate with their number of cases and the closest candidates."""
        actor = who(request)
        names = desk.unmatched_names(actor, desk.firms.get(actor, firm_id))
        return UnmatchedNames(items=[UnmatchedName.of(name) for name in names])

    @router.get("/firms/{firm_id}/setting-versions", summary="What settings were")
    def list_setting_versions(
        request: Request,
        response: Response,
        firm_id: FirmId,
        kind: SettingKind | None = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Version]:
        """Return what was saved, by whom and when, newest first, each whole."""
        listing = Listing(request, response, cursor, int, kind=kind)
        page = desk.firms.version_page(who(request), firm_id, kind, listing.place, limit)
        return listing.answer(page.each(Version.of))
