"""How much each question matters on submission is as agreed with the council, question by question."""

import pytest

from record import VNOV22
from record.form import Need

# Questions of lists stand as list.question. What is in none of these is optional.
CORE = "first_name surname dob setting_name reason"

REQUIRED = """
sex address_line1 postcode upn_unknown first_language looked_after looked_after_la
parents.first_name parents.surname parents.relationship parents.parental_responsibility parents.same_address
parents.address parents.postcode parents.first_language parents.interpreter_required
parents.interpreter_language
start_date nc_year out_of_year_reason weekly_hours previous_settings.name
professionals.team professionals.involvement
communication_method portal_contact portal_email parent_contribution parent_contribution_date
child_contribution
views_recorded_on no_views_reason
parent_concerns translated_by parent_views_date
primary_need diagnoses.diagnosis
results.attain_area results.attain_measure results.attain_result results.attain_date progress_summary
cycles.cycle_start cycles.cycle_target cycles.cycle_provision cycles.cycle_review cycles.cycle_impact
no_cycles_reason extra_needed
known_to_social_care social_worker
yp_decides yp_decides_basis more_time_needed
discussed_with_family discussed_on not_discussed_reason family_agrees family_agrees_reason
share_consent not_share_with parents_copied privacy_notice_on declaration
"""

WANTED = """
upn nhs_number ethnicity first_language_other gp_name gp_address child_in_need child_protection early_help
parents.phone
attendance_pct reduced_timetable reduced_timetable_since reduced_timetable_reason sen_provision
sen_support_since last_review_date previous_settings.attended_from previous_settings.attended_to
professionals.name professionals.phone professionals.last_seen_on professionals.last_report_on professionals.report_doc
parent_saw_text
views_strengths views_important views_communication views_support views_aspirations
parent_history parent_strengths parent_support_wanted parent_aspirations
thresholds_checked ci_strengths cl_strengths semh_strengths sp_strengths
ci_evidence cl_evidence semh_evidence sp_evidence
results.attain_expected
cycles.cycle_staff cycles.cycle_group cycles.cycle_minutes cycles.cycle_cost
delegated_spend provision_map advice_followed
hearing_check hearing_check_on hearing_check_result vision_check vision_check_on vision_check_result
pfa_employment pfa_independence pfa_community pfa_health
outcomes.type outcomes.team outcomes.outcome outcomes.by_when outcomes.provision
child_aware consent_doc head_informed head_informed_on
"""


@pytest.mark.parametrize(("need", "agreed"), [(Need.CORE, CORE), (Need.REQUIRED, REQUIRED), (Need.WANTED, WANTED)])
def test_a_question_matters_as_much_as_agreed(need: Need, agreed: str) -> None:
    questions = {f.name: f for tab in VNOV22.tabs for section in tab.sections for f in section.fields} | {
        f"{rows.name}.{f.name}": f for tab in VNOV22.tabs for rows in tab.lists for f in rows.fields
    }
    assert {name for name, f in questions.items() if f.need is need} == set(agreed.split())
