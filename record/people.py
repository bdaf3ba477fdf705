"""People as accounts know them: their roles, what makes a good user name, and addresses that many people share."""

import re
import unicodedata

from record import codes
from record.lists import Lists
from record.names import fold

ROLES = {
    "senco": "SENCO",
    "adviser": "Adviser",
    "senas": "SENAS officer",
    "manager": "SENAS manager",
    "ict": "ICT",
}
# An adviser's team is one of the services; everybody else's follows from the role.
OWN_TEAM = {"senco": "Schools", "senas": "SENAS", "manager": "SENAS", "ict": "ICT"}
TEAMS = {code: words for code, words in codes.INVOLVED_TEAMS.items() if code != "Schools"}
# The teams of SENAS as the council names them, set once at the start. Who is in none belongs to all of SENAS.
OF_SENAS = ("senas", "manager")
SENAS_TEAMS: list[str] = []


def use(lists: Lists) -> None:
    """From now on SENAS works in these teams."""
    SENAS_TEAMS[:] = lists.senas


def team_of(role: str, typed: str, former: str = "") -> str | None:
    """The team of somebody of that role; None where ``typed`` is none. ``former`` is one that they have kept."""
    if role == "adviser":
        return next((code for code in TEAMS if code.casefold() == typed.casefold()), None)
    if role not in OF_SENAS or typed.casefold() in ("", OWN_TEAM[role].casefold()):
        return OWN_TEAM.get(role, "")
    return next((name for name in (*SENAS_TEAMS, former) if name.casefold() == typed.casefold()), None)


def team_words(role: str, team: str) -> str:
    """An adviser's service, or the team within SENAS; '' where the team follows from the role."""
    return TEAMS.get(team, team) if role == "adviser" else "" if team == OWN_TEAM.get(role, team) else team


# Words of an address that stand for an office rather than for somebody.
SHARED = frozenset((
    "admin", "administrator", "admissions", "assistant", "bursar", "contact", "enquiries", "enquiry", "ehc", "ehcp",
    "finance", "general", "head", "headteacher", "hello", "help", "helpdesk", "inclusion", "info", "information",
    "learningsupport", "mail", "mailbox", "office", "post", "principal", "reception", "school", "schooloffice",
    "secretary", "sen", "senadmin", "senas", "senco", "sencos", "send", "sendco", "senteam", "sendteam", "staff",
    "support", "team",
))  # fmt: skip

# In a name fewer do: there are people called Head, Post and Staff.
SHARED_NAMES = frozenset(("admin", "department", "mailbox", "office", "reception", "school", "senco", "sencos", "team"))


def as_username(typed: str) -> str:
    """A user name in the one spelling by which it is kept, found and counted, however it was typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold()).strip()


def username_fault(username: str) -> str:
    """Why this cannot be a new user name, or ''. `username` is as as_username gives it.

    Plain letters alone: no two names look the same, and every keyboard has them.
    """
    if not username:
        return "Enter a user name."
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.@'-]{1,63}", username):
        return "Use 2 to 64 plain letters (a to z, without accents), figures, dots and hyphens, and no spaces."
    return ""


def suggested_username(name: str) -> str:
    """First and last name with a dot between, in plain letters."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    plain = ".".join(dict.fromkeys((words[0], words[-1])))[:58] if words else ""
    return plain if len(plain) > 1 else "person"


def looks_shared(name: str, email: str) -> str:
    """A sentence where the account looks like an office's rather than one person's, else ''."""
    box = email.partition("@")[0].casefold()
    words = [word for word in re.split(r"[^a-z]+", box) if word]
    if words and all(word in SHARED for word in words):
        return (
            f"{email} looks like a shared mailbox. Everybody who reads it could take this account over, and what they "
            "write would be under one name. Ask for the person’s own address."
        )
    if SHARED_NAMES & set(fold(name).split()):
        return (
            f"“{name}” looks like a shared account. What is written in a record stays under its author’s name: "
            "give everybody an account of their own."
        )
    return ""
