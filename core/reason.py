"""Why something did not go as it should: one word each, for tables, filters and the words at the doors.

The command line, the pages and the HTTP API each have a table from these to a sentence and a next step. The
words themselves are stored and announced, so they never change.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Reasons of errors, of deliveries that wait or failed, and of rejected events."""

    # time cures it
    UNAVAILABLE = "unavailable"
    DATABASE_UNAVAILABLE = "database_unavailable"
    BROKER_UNAVAILABLE = "broker_unavailable"
    NOT_REACHED = "not_reached"  # somebody tries an address, and nothing there answers
    STOPPING = "stopping"
    RATE_LIMITED = "rate_limited"
    PAUSED = "paused"  # a person stopped the firm for a while
    TOO_BUSY = "too_busy"  # somebody waits at a keyboard, and nothing repeats it
    LIMIT_REACHED = "limit_reached"  # the firm's own rate or seats left no room in time
    ANSWER_LOST = "answer_lost"
    UNEXPECTED_ERROR = "unexpected_error"
    UNREADABLE_ANSWER = "unreadable_answer"
    CONTENT_UNAVAILABLE = "content_unavailable"
    CONTENT_TOO_SLOW = "content_too_slow"
    CONTENT_BROKEN_OFF = "content_broken_off"

    # a person cures it
    NEEDS_PERSON = "needs_person"
    RECONNECT_REQUIRED = "reconnect_required"
    NOT_CONNECTED = "not_connected"
    ADDRESS_MISSING = "address_missing"  # the firm has no SmartAdvocate address yet
    FIRM_MOVED = "firm_moved"  # it lives in another cell, or is on its way there
    MOVE_UNDER_WAY = "move_under_way"  # it rests until its move is ended
    FIRM_AT_WORK = "firm_at_work"  # something of the firm has not come to its end yet
    FIRM_HERE_ALREADY = "firm_here_already"
    FIRM_FILE_UNUSABLE = "firm_file_unusable"  # cut, altered, another firm's, release's or key's
    CELLS_ALIKE = "cells_alike"  # two of one number
    CODE_WRONG = "code_wrong"  # it is not the one with which the old cell handed the firm over
    STILL_CONNECTED = "still_connected"
    PERMISSION_MISSING = "permission_missing"
    CASE_NOT_FOUND = "case_not_found"
    ROUTE_UNKNOWN = "route_unknown"
    READING_INCOMPLETE = "reading_incomplete"  # the server's answers do not let every case be met
    REDIRECTED = "redirected"
    HOST_NOT_ALLOWED = "host_not_allowed"  # SmartAdvocate's name leads where casebridge may not go
    DOCUMENT_URL_EXPIRED = "document_url_expired"
    CONTENT_HOST_NOT_ALLOWED = "content_host_not_allowed"
    MAIL_REFUSED = "mail_refused"  # the mail server does not accept our log-in or address
    OAUTH_ENDPOINT_UNKNOWN = "oauth_endpoint_unknown"

    # another event cures it
    FIRM_UNKNOWN = "firm_unknown"
    CASE_BEING_IMPORTED = "case_being_imported"
    CASE_NOT_IMPORTED = "case_not_imported"

    # nothing cures it as it is
    ERROR = "error"
    REJECTED_BY_SMARTADVOCATE = "rejected_by_smartadvocate"
    CONTENT_REFUSED = "content_refused"
    CONTENT_MISMATCH = "content_mismatch"
    DOCUMENT_TOO_LARGE = "document_too_large"
    RETRIES_SPENT = "retries_spent"
    LEASE_RAN_OUT = "lease_ran_out"  # of releases before 97 in docs/adr: claims had leases
    PROCESS_GONE = "process_gone"  # who had it in hand gave no sign of life any more
    TEXT_PURGED = "text_purged"
    DISCARDED = "discarded"  # a person gave it up

    # an event that does not meet the contract
    INVALID_EVENT = "invalid_event"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    FOREIGN = "foreign"
    UNKNOWN_TYPE = "unknown_type"
    CONTRADICTORY = "contradictory"
    FIRM_NOT_ALLOWED = "firm_not_allowed"  # its sender's key does not reach the firm

    # what somebody asked for
    CANCELLED = "cancelled"
    NOT_ALLOWED = "not_allowed"
    ALREADY_DECIDED = "already_decided"  # a bulk operation that was confirmed, done or cancelled before
    ENDS_BY_ITSELF = "ends_by_itself"  # an issue, when what it tells of is over
    NOT_FOUND = "not_found"  # the error says which `core.thing.Thing` is not there
    CONFIGURATION = "configuration"
    MAIL_ADDRESS_INVALID = "mail_address_invalid"
    MAIL_NOT_SET = "mail_not_set"  # this installation has no mail server
    MAIL_RECIPIENT_REFUSED = "mail_recipient_refused"
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    CASES_WOULD_BREAK = "cases_would_break"  # by settings that were to be saved
    SETTINGS_OUTDATED = "settings_outdated"  # somebody else has changed them meanwhile
    KEY_REUSED = "key_reused"  # an idempotency key stands for another request
    KEY_IN_USE = "key_in_use"  # the same request is being carried out
    ANSWER_TOLD = "answer_told"  # it was done before, and its answer is told once
    POSITION_GONE = "position_gone"  # what was announced behind it is kept no longer
    SERVER_NOT_SET = "server_not_set"
    ENCRYPTION_KEY_MISSING = "encryption_key_missing"  # none, or not the one that encrypted it
    PORT_TAKEN = "port_taken"
    BROKER_REFUSED = "broker_refused"
    BROKER_DIFFERS = "broker_differs"  # a queue or exchange is there with other properties
    MIGRATION_CHANGED = "migration_changed"
    RELEASE_BEHIND = "release_behind"  # a newer release has written what this one cannot read
    SCHEMA_BEHIND = "schema_behind"
    REMOVAL_BEHIND = "removal_behind"  # what is past its time is still here
    ROLE_MISSING = "role_missing"
    DATABASE_ENCODING = "database_encoding"  # not UTF-8
    DATABASE_POOLED = "database_pooled"  # a pooler stands where a connection of one's own is needed
    ACCOUNT_OF_ANOTHER_FIRM = "account_of_another_firm"
    WORKER_BROKEN = "worker_broken"

    # a defect of casebridge, or of where it stands
    DATABASE_REFUSED = "database_refused"
    MALFORMED_JOB = "malformed_job"
    EMBEDDED_POSTGRES = "embedded_postgres"
    EMBEDDED_PROGRAMS = "embedded_programs"
    EMBEDDED_ACCOUNT = "embedded_account"  # PostgreSQL refuses root
    EMBEDDED_DATA = "embedded_data"  # what lies there is not what was left there
    DATA_FOLDER_UNUSABLE = "data_folder_unusable"
    DATA_FOLDER_IN_USE = "data_folder_in_use"
    DISK_FULL = "disk_full"

    # "Allow Access" did not come about (RFC 6749, 4.1.2.1 and 5.2)
    CONSENT_FAILED = "consent_failed"
    CONSENT_ACCESS_DENIED = "consent_access_denied"
    CONSENT_SERVER_ERROR = "consent_server_error"
    CONSENT_TEMPORARILY_UNAVAILABLE = "consent_temporarily_unavailable"
    CONSENT_INVALID_REQUEST = "consent_invalid_request"
    CONSENT_UNAUTHORIZED_CLIENT = "consent_unauthorized_client"
    CONSENT_UNSUPPORTED_RESPONSE_TYPE = "consent_unsupported_response_type"
    CONSENT_INVALID_SCOPE = "consent_invalid_scope"
    CONSENT_INVALID_CLIENT = "consent_invalid_client"
    CONSENT_INVALID_GRANT = "consent_invalid_grant"
    CONSENT_UNSUPPORTED_GRANT_TYPE = "consent_unsupported_grant_type"
    CONSENT_STATE = "consent_state"
    CONSENT_OTHER = "consent_other"

    # somebody could not sign in
    SIGN_IN_FAILED = "sign_in_failed"  # the identity provider refused, or cannot be trusted in this
    SIGN_IN_DENIED = "sign_in_denied"  # by the person, or by the provider for this person
    SIGN_IN_UNAVAILABLE = "sign_in_unavailable"
    SIGN_IN_STATE = "sign_in_state"  # not begun in this browser, or too long ago
    PERSON_UNKNOWN = "person_unknown"  # signed in there, and has no role here

    @classmethod
    def of(cls, word: str | None) -> "Reason":
        """Read a stored word; one that another release wrote, and this one does not know, is ERROR."""
        try:
            return cls(word or cls.ERROR)
        except ValueError:
            return cls.ERROR
