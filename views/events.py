"""The audit trail in words: what each kind of event is called, and the sentence it makes with who did it."""

from dataclasses import dataclass
from typing import Any

KINDS = {
    "signing_in": "Signing in",
    "accounts": "Accounts and people",
    "opened": "Records opened",
    "changed": "Records changed",
    "refused": "Refused",
    "registers": "Settings, imports and exports",
}
# What stands after who did it. {it} is a record, {whom} a person, {name} a setting, {many} a number.
WORDS = {
    "signing_in": {
        "signed_in": "signed in",
        "signed_out": "signed out",
        "sign_in_failed": "could not sign in",
        "sign_in_slowed": "had to wait after many wrong tries",
        "unlocked_by_mail": "ended the wait by a link sent to them",
        "password_forgotten": "asked for a new password",
        "password_chosen": "chose a password of their own",
        "password_changed": "changed their password",
        "authenticator_enrolled": "set up an authenticator",
        "authenticator_moved": "moved to a new phone",
        "authenticator_second": "added a second authenticator",
        "authenticator_removed": "removed an authenticator",
        "recovery_codes_made": "made new recovery codes",
        "recovery_code_used": "used a recovery code",
        "address_change_asked": "asked for another email address of their own",
        "address_changed": "changed their own email address",
        "session_ended": "ended a session of theirs",
        "sessions_ended": "ended all other sessions of theirs",
    },
    "accounts": {
        "person_added": "added {whom}",
        "person_changed": "changed the details of {whom}",
        "account_opened": "gave {whom} an account",
        "account_disabled": "closed the account of {whom}",
        "account_enabled": "opened the account of {whom} again",
        "account_reset": "reset the account of {whom}",
        "account_unlocked": "unlocked the account of {whom}",
        "password_issued": "gave {whom} a temporary password",
        "password_link_sent": "sent {whom} a link to choose a password",
        "handed_over": "handed {it} over from {whom} to {successor}",
    },
    "opened": {
        "record.read": "opened {it}",
        "record.review": "read {it} on the review page",
        "record.review_print": "printed the review page of {it}",
        "record.count": "had {it} open",
        "record.history": "read earlier answers in {it}",
        "record.preview": "printed a preview of {it}",
        "record.subject_access": "made an archive of everything about the child of {it}",
        "child.subject_access": "made an archive of everything about {it}",
        "child.sought": "looked for a child whose archive was asked for",
        "record.read_back": "printed what was written for the family in {it}",
        "document.read": "opened a document of {it}",
        "document.bundled": "put a document of {it} into a bundle",
        "document.denied": "could not open a document of {it}",
        "answer.conflict": "was shown what somebody else wrote meanwhile in {it}",
        "children.listed": "looked through a list with {many}",
    },
    "changed": {
        "child.insert": "added the child of {it} to the register",
        "child.update": "changed what the register says in {it}",
        "record.insert": "started {it}",
        "record.update": "changed {it}",
        "record.submit": "went to submit {it}",
        "record.withdrawn": "withdrew the draft {it}",
        "record.taken_up": "took the withdrawn draft {it} up again",
        "submission.insert": "submitted {it}",
        "entry.insert": "added an entry in {it}",
        "entry.update": "changed an entry in {it}",
        "answer.insert": "wrote in {it}",
        "answer.update": "wrote in {it}",
        "document.insert": "added a document to {it}",
        "document.update": "changed a document of {it}",
        "invitation.insert": "noted that the family of {it} was invited to the Parent Portal",
        "invitation.undone": "took back that the family of {it} was invited to the Parent Portal",
        "advice_request.insert": "asked for advice on {it}",
        "advice_request.update": "answered a request for advice on {it}",
        "document.purged": "cleared away a document of {it}",
        "document_request.insert": "asked SENAS about a document of {it}",
        "document_request.update": "decided a request for a document of {it}",
        "step.insert": "recorded a step of {it}",
        "appendix.insert": "submitted advice for {it}",
        "correction.insert": "asked for a correction of {it}",
        "correction.applied": "applied a correction of {it}",
        "correction.refused": "refused a correction of {it}",
        "hold.insert": "put {it} on legal hold",
        "hold.update": "lifted the legal hold on {it}",
        "record.erased": "deleted {it}, its time being over",
    },
    "refused": {
        "refused": "asked for {it}, which is not theirs",
    },
    "registers": {
        "setting.added": "added the setting {name}",
        "setting.changed": "changed the setting {name}",
        "setting.closed": "closed the setting {name}",
        "import.people": "imported people from a file",
        "import.children": "imported children from a file",
        "import.settings": "imported settings from a file",
        "people.exported": "exported the list of people",
        "settings.exported": "exported the list of settings",
        "figures.exported": "exported a table of figures",
        "sen2.exported": "took a file of the SEN2 return with {many}",
        "deletions.exported": "exported the list of deleted requests",
        "retention.changed": "changed how long {name} are kept",
        "invitations.exported": "exported the invitations that are due",
        "gateway.exported": "exported a list of {many}",
        "log.exported": "exported the audit trail",
    },
}
KIND_OF = {action: kind for kind, actions in WORDS.items() for action in actions}
SENTENCES = {action: words for actions in WORDS.values() for action, words in actions.items()}
# The same where the record is at hand and need not be named.
BRIEFLY = {
    "child.insert": "added the child to the register",
    "child.update": "changed what the register says",
    "child.subject_access": "made an archive of everything about the child",
    "record.subject_access": "made an archive of everything about the child",
    "handed_over": "handed it over",
    "record.withdrawn": "withdrew the draft",
    "record.taken_up": "took the draft up again",
    "step.insert": "recorded a step",
    "correction.insert": "asked for a correction",
    "correction.applied": "applied a correction",
    "correction.refused": "refused a correction",
}
# Why something failed or was done, where the trail holds a word of its own for it.
WHY = {
    "password": "wrong password",
    "name": "no such user name",
    "code": "wrong code",
    "code used before": "a code that had been used already",
    "limit": "too many tries",
    "recovery code": "wrong recovery code",
    "temporary password too old": "the temporary password was too old",
    "none": "no such user name",
    "off": "the account is closed",
    "new": "never signed in before",
    "asleep": "not signed in for too long",
}


@dataclass(frozen=True)
class Told:
    """An event in words: ``Amina Yusuf`` ``opened ERSA-001044``; ``reason`` is why, where one is known."""

    who: str
    what: str
    reason: str
    kind: str


def tell(event: Any) -> Told:
    """An event of sql/log.sql in words. One that has none of its own yet is told by its name."""
    told = event.told
    words = SENTENCES.get(event.action, f"did “{event.action}”")
    if event.action == "record.update" and told.get("status"):
        words = "moved {it} on"
    many = event.listed or 0
    what = words.format(
        it=event.record or "a child without a record",
        whom=event.whom or "somebody",
        successor=event.successor or "somebody",
        name=told.get("name", ""),
        many=f"{many:,} {'child' if many == 1 else 'children'}",
    )
    reason = str(told.get("reason") or told.get("why") or "")
    kind = KIND_OF.get(event.action, "")
    unknown = "Somebody" if kind == "signing_in" else "The portal"
    return Told(event.name or unknown, what.strip(), WHY.get(reason, reason), kind)


def briefly(action: str) -> str:
    """What a person did in the record at hand: ``opened it``."""
    words = BRIEFLY.get(action) or SENTENCES.get(action, f"did “{action}”")
    return words.format(it="it", whom="a colleague", successor="another", name="", many="children")
