"""The frequently asked questions of the portal before this one: each has its answer in Help, and a test in a browser.

Whoever renames a test or a question of Help is told here what it answered.
"""

from importlib import import_module
from inspect import signature

import pytest

from routes.guide import facts
from server import Settings
from views.help import topics

KNOWN = {topic.name for topic in topics(**facts(Settings()))}

# What is asked; the questions of Help that answer it; the tests that do, in a browser, what the answer says.
ASKED = """
I have downloaded the 2FAS authentication app it says Service List is Empty.
    authenticator
    faq_accounts.i_have_downloaded_the_2fas_app_but_it_says_service_list_is_empty
I have a new phone, how do I set up the security authentication?
    new-phone ict-reset
    faq_accounts.i_have_a_new_phone_how_do_i_set_up_the_security_authentication
    faq_accounts.i_have_lost_my_phone_and_kept_my_recovery_codes
I forgot my password, how can it be reset?
    password
    faq_accounts.i_forgot_my_password_how_can_it_be_reset
    faq_accounts.the_forgot_password_function_works_within_55_days_of_the_last_sign_in
What do I do if an error message appears saying Oooops! when I log in?
    oooops
    faq_accounts.what_do_i_do_if_an_error_message_appears_saying_oooops
How do I preview the ERSA before I submit it?
    preview
    story.amina_takes_a_child_of_her_school_from_first_sign_in_to_receipt
How do I know the ERSA has been submitted?
    submitted
    story.amina_takes_a_child_of_her_school_from_first_sign_in_to_receipt
How do add SENCO advice after an ERSA was submitted?
    senco-advice
    faq_outcomes.how_do_i_add_senco_advice_after_the_ersa_was_submitted
How do I upload a document?
    upload file-refused
    faq_documents.how_do_i_upload_a_document
    faq_documents.a_file_of_the_wrong_kind_or_size_is_noticed_before_it_is_sent
I get an access denied message when trying to download a document?
    access-denied requests-about-documents
    faq_documents.i_get_an_access_denied_message_when_trying_to_download_a_document
Where do I add professional contacts?
    contacts
    faq_outcomes.where_do_i_add_professional_contacts
There are sections in the portal that are not editable.
    locked corrections
    corrections_browser.a_correction_goes_from_the_record_to_the_queue_and_back
Why does the portal keep logging out?
    signed-out saved
    faq_accounts.why_does_the_portal_keep_logging_out
Do parent/carers have access to the portal?
    parents invitations
    family.do_parents_have_access_to_the_portal
Do I need to add outcomes?
    outcomes
    faq_outcomes.do_i_need_to_add_outcomes
    faq_outcomes.select_new_and_not_edit_when_adding_an_outcome
How do I delete outcomes, duplicate appendices or incorrectly uploaded documents?
    delete removals
    faq_outcomes.how_do_i_delete_outcomes
    removals.how_do_i_delete_outcomes
    faq_documents.how_do_i_delete_duplicate_appendices
    faq_documents.how_do_i_delete_incorrectly_uploaded_documents
"""


def asked() -> list[tuple[str, list[str], list[str]]]:
    found: list[tuple[str, list[str], list[str]]] = []
    for line in ASKED.strip().splitlines():
        if not line.startswith(" "):
            found.append((line, [], []))
        elif "." in line:
            found[-1][2].append(line.strip())
        else:
            found[-1][1].extend(line.split())
    return found


@pytest.mark.parametrize(("question", "answers", "tests"), asked(), ids=lambda it: it if isinstance(it, str) else "")
def test_each_question_has_an_answer_and_somebody_who_did_it(
    question: str, answers: list[str], tests: list[str]
) -> None:
    assert answers
    assert set(answers) <= KNOWN, "help.toml has no such question"
    assert tests
    for name in tests:
        module, _, test = name.partition(".")
        did = getattr(import_module(f"tests.test_{module}"), f"test_{test}", None)
        assert did, f"there is no test {name}"
        assert "windows" in signature(did).parameters or "chromium" in signature(did).parameters, "it opens no browser"
