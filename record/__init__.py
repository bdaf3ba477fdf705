"""The child's record as pure data: which tabs, lists and fields a form has, and what each needs."""

from record import (
    adulthood,
    attainment,
    child_views,
    consent,
    contribution,
    health,
    needs,
    outcomes,
    parent_views,
    parents,
    personal,
    professionals,
    provision,
    setting,
    social_care,
)
from record.appendices import APPENDICES
from record.form import Form

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
    APPENDICES,
)
FORMS = {VNOV22.version: VNOV22}
