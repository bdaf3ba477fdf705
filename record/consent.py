"""Consent: that the family knows and agrees, what may be shared, and the submitter's declaration."""

from record import documents
from record.conditions import age, given
from record.form import Answers, Field, If, Need, Row, Section, Tab
from record.kinds import YES_NO, Choice, Date, LongText, Text, Tick


def _decides_at_16(here: Answers | Row, record: Answers) -> bool:
    years_old = age(record)
    return years_old is not None and years_old >= 16 and record["yp_decides"] in ("yes", "with_support")


TAB = Tab(
    "consent",
    "Consent",
    (
        Section(
            "family",
            "The family",
            (
                Field(
                    "discussed_with_family",
                    "Discussed with the family at a SEN Support meeting",
                    YES_NO,
                    Need.REQUIRED,
                ),
                Field(
                    "discussed_on",
                    "Date of the meeting",
                    Date(past=True),
                    Need.REQUIRED,
                    when=If("discussed_with_family", ("yes",)),
                    says="Date of the meeting with the family",
                ),
                Field(
                    "not_discussed_reason",
                    "Why not discussed",
                    LongText(1000, rows=3),
                    Need.REQUIRED,
                    when=If("discussed_with_family", ("no",)),
                    says="Why it was not discussed with the family",
                ),
                Field(
                    "family_agrees",
                    "The parent or young person agrees to this request",
                    Choice({"yes": "Yes", "no": "No", "not_obtained": "Not obtained"}),
                    Need.REQUIRED,
                ),
                Field(
                    "family_agrees_reason",
                    "Why there is no agreement",
                    LongText(1000, rows=3),
                    Need.REQUIRED,
                    when=If("family_agrees", ("no", "not_obtained")),
                ),
                Field(
                    "child_aware",
                    "The child knows of this request",
                    Choice({"yes": "Yes", "no": "No", "not_appropriate": "Not appropriate"}),
                    Need.WANTED,
                ),
            ),
        ),
        Section(
            "sharing",
            "Sharing information",
            (
                Field(
                    "share_consent",
                    "Information may be shared with education, health and care",
                    Choice({"yes": "Yes", "restricted": "Yes, but not with everyone", "no": "No"}),
                    Need.REQUIRED,
                ),
                Field(
                    "not_share_with",
                    "People not to share with",
                    LongText(1000, rows=3),
                    Need.REQUIRED,
                    when=If("share_consent", ("restricted",)),
                ),
                Field(
                    "parents_copied",
                    "Parents may receive copies",
                    YES_NO,
                    Need.REQUIRED,
                    "Ask the young person, if they are 16 or over and decide for themselves.",
                    needed_when=_decides_at_16,
                ),
                Field("privacy_notice_on", "Privacy notice given on", Date(past=True), Need.REQUIRED),
                Field(
                    "consent_doc",
                    "Signed consent",
                    documents.ONE_OF_THEM,
                    Need.WANTED,
                    documents.CHOOSE,
                ),
            ),
        ),
        Section(
            "declaration",
            "Declaration",
            (
                Field(
                    "head_informed",
                    "Head teacher or manager who knows of this request",
                    Text(150),
                    Need.WANTED,
                    "Their name.",
                ),
                Field(
                    "head_informed_on",
                    "Told on",
                    Date(past=True),
                    Need.WANTED,
                    needed_when=given("head_informed"),
                    says="When the head teacher or manager was told",
                ),
                Field(
                    "declaration",
                    "Declaration",
                    Tick("I confirm that this request is accurate to the best of my knowledge"),
                    Need.REQUIRED,
                ),
            ),
        ),
    ),
)
