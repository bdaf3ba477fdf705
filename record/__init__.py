"""The child's record as pure data: which tabs, lists and fields a form has, and what each needs."""

from dataclasses import replace

from record import (
    adulthood,
    attainment,
    child_views,
    consent,
    contribution,
    documents,
    health,
    needs,
    outcomes,
    parent_views,
    parents,
    people,
    personal,
    professionals,
    provision,
    setting,
    social_care,
)
from record.appendices import appendix
from record.form import Form
from record.lists import Lists, read_lists

_shipped = read_lists()
documents.use(_shipped)
people.use(_shipped)

VNOV22 = Form(
    "VNOV22",
    "ERSA – School (VNOV22)",
    (
        personal.TAB,
        parents.TAB,
        setting.TAB,
        professionals.TAB,
        contribution.TAB,
        child_views.TAB,
        parent_views.TAB,
        needs.TAB,
        attainment.TAB,
        provision.TAB,
        health.TAB,
        social_care.TAB,
        adulthood.TAB,
        outcomes.TAB,
        consent.TAB,
    ),
    tuple(appendix(it) for it in _shipped.appendices),
    report="ERSA – NOV 22",
)
FORMS = {VNOV22.version: VNOV22}


def use_lists(lists: Lists) -> None:
    """From now on these are the council's own lists."""
    documents.use(lists)
    people.use(lists)
    for version, form in FORMS.items():
        FORMS[version] = replace(form, appendices=tuple(appendix(it) for it in lists.appendices))
