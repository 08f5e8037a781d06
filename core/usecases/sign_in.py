"""Sign in: by a link that is good once, or at the identity provider. Either way a session is opened."""

from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor, Power, covers
from core.audit import AuditAction
from core.errors import ConfigurationError
from core.person import Identity, Person, RoleTable, must_be_a_person, person_by_claims
from core.ports.identity_provider import IdentityProvider
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.session import Opened, SessionLimits, Visitor, Way
from core.sign_in_errors import SignInFailedError
from core.usecases.steps.by_firm import record_by_firm
from core.usecases.steps.known_firm import must_all_be_known

LINK_LIFE: Final = timedelta(minutes=30)


class SignIn:
    """Opens sessions. What a stranger brings decides: a link's secret, or a code of the provider's.

    A session that the browser had before is ended: who may have known its secret has nothing of the new one.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        provider: IdentityProvider | None,
        limits: SessionLimits,
        roles: RoleTable,
        *,
        links_at: str,
    ) -> None:
        """`provider` is None where none is set; `links_at` is where a link's secret goes."""
        self._units_of_work = units_of_work
        self._provider = provider
        self._limits = limits
        self._roles = roles
        self._links_at = links_at

    @property
    def has_provider(self) -> bool:
        """Whether people can sign in at a provider."""
        return self._provider is not None

    def new_link(self, actor: Actor, person: Person) -> str:
        """Return a link that signs this person in, once, within LINK_LIFE.

        Everybody but a program may have one for itself; for others it takes who manages all their firms.
        Raises NotAllowedError, ConfigurationError, UnknownFirmError.
        """
        actor.must_be_no_program()
        actor.must_anywhere(Power.LOOK)
        is_own = (actor.name, actor.role) == (person.name, person.role)
        if not (is_own and covers(actor.firms, person.firms)):
            actor.must_for_all_of(Power.MANAGE, person.firms)
        must_be_a_person(person)
        with self._units_of_work(actor) as uow:
            must_all_be_known(uow, actor, person.firms)
            detail = {"for": person.name, "role": person.role.value}
            record_by_firm(uow, actor, person.firms, AuditAction.SIGN_IN_LINK_MADE, detail)
            uow.commit()
        with self._units_of_work(SYSTEM) as uow:
            visitor = Visitor(person.actor(), f"link:{person.name}", Way.LINK, self._limits)
            link = uow.sessions.new_link(visitor, LINK_LIFE)
            uow.commit()
        return f"{self._links_at}/{link}"

    def by_link(self, link: str, agent: str, instead_of: str) -> Opened | None:
        """Use a link up and return its session; None for one that is used up or too old.

        `agent` is what the browser calls itself, `instead_of` the secret of the session that it has, or "".
        """
        with self._units_of_work(SYSTEM) as uow:
            opened = uow.sessions.open_link(link, agent)
            if opened is None:
                return None
            _note(uow, opened, instead_of)
            uow.commit()
        return opened

    def authorize_url(self, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in. Raises SignInUnavailableError, ConfigurationError."""
        return self._known_provider().authorize_url(state, nonce, verifier)

    def by_provider(self, code: str, nonce: str, verifier: str, agent: str, instead_of: str) -> Opened:
        """Return the session of who signed in at the provider; the rest as for `by_link`.

        Role and firms are those of the provider's claims, else those of the list of people. Raises
        SignInFailedError, also for somebody who has no role here; SignInUnavailableError.
        """
        identity = self._known_provider().identify(code, nonce, verifier)
        with self._units_of_work(SYSTEM) as uow:
            person = person_by_claims(identity, self._roles) or _listed(uow, identity)
            if person is None:
                raise SignInFailedError(
                    "somebody signed in at the identity provider who has no role here",
                    reason=Reason.PERSON_UNKNOWN,
                )
            actor = Actor(identity.shown, person.role, person.firms)
            visitor = Visitor(actor, f"provider:{identity.subject}", Way.PROVIDER, self._limits)
            opened = uow.sessions.open(visitor, agent)
            _note(uow, opened, instead_of)
            uow.commit()
        return opened

    def _known_provider(self) -> IdentityProvider:
        if self._provider is None:
            raise ConfigurationError("no identity provider is set", reason=Reason.SIGN_IN_UNAVAILABLE)
        return self._provider


def _listed(uow: UnitOfWork, identity: Identity) -> Person | None:
    found = (uow.people.get(name, SYSTEM.firms) for name in identity.names)
    return next((person for person in found if person is not None), None)


def _note(uow: UnitOfWork, opened: Opened, instead_of: str) -> None:
    """End the browser's earlier session, and leave a line in the audit log."""
    session = opened.session
    if instead_of and (before := uow.sessions.find(instead_of)) is not None:
        uow.sessions.end(before.person, SYSTEM.firms, before.session_id)
    detail = {"way": session.way.value}
    uow.audit.record(session.actor, session.actor.firm_id, AuditAction.SIGNED_IN, detail)
