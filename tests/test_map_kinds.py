"""Every kind of field can be written in on screen, read on screen and printed: none reaches a page half made."""

import re
from types import SimpleNamespace
from typing import get_args
from uuid import UUID

import jinja2
import pytest

import views
from record import kinds
from record.form import Answers, Field, Form, Section, Tab
from record.paper import paper
from routes import paint
from routes.opened import Opened

SAMPLES: dict[type, tuple[kinds.Kind, str, str]] = {
    # an example of each kind, an answer as it is stored, and what its control must hold
    kinds.Text: (kinds.Text(), "Ladybird <3", r'<input[^>]* type="text"[^>]* value="Ladybird &lt;3"'),
    kinds.LongText: (kinds.LongText(), "one\ntwo", r"<textarea[^>]*>\s*one\ntwo</textarea>"),
    kinds.Date: (kinds.Date(), "2018-09-14", r'<input[^>]* value="14 September 2018"'),
    kinds.Number: (kinds.Number(), "1250", r'<input[^>]* value="1250"'),
    kinds.Choice: (kinds.Choice({"a": "Apple", "b": "Pear"}), "b", r'type="radio"[^>]* value="b" checked'),
    kinds.Choices: (kinds.Choices({"a": "Apple", "b": "Pear"}), "a b", r'type="checkbox"[^>]* value="b" checked'),
    kinds.Tick: (kinds.Tick("I agree to this"), "yes", r'type="checkbox"[^>]* value="yes" checked'),
}
MACROS = '{% import "_fields.html" as fields with context %}'


def painted(kind: kinds.Kind, stored: str, macro: str) -> str:
    """A field of that kind with that answer, as one of the macros of _fields.html draws it."""
    question, answers, main = Field("fruit", "Fruit", kind), Answers({"fruit": stored}), UUID(int=1)
    form = Form("V", "Form", (Tab("t", "Tab", (Section("s", "Section", (question,)),)),))
    opened = Opened(SimpleNamespace(id="r"), form, main, (), {}, answers, None, "")
    drawn = paint._field(opened, main, question, answers, False, paint.NOTHING_TYPED)
    template = views.templates.from_string(f"{MACROS}{{{{ fields.{macro}(f) }}}}")
    return template.render(f=drawn, head={"id": "r"})


def test_every_kind_of_field_has_a_sample_here() -> None:
    kinds_known = set(get_args(kinds.Kind))
    assert set(SAMPLES) == kinds_known, (
        f"{[k.__name__ for k in kinds_known ^ set(SAMPLES)]}: a kind needs a control and words in views/_fields.html, "
        "a form on paper, and a sample in this test."
    )


@pytest.mark.parametrize("kind", get_args(kinds.Kind), ids=lambda kind: kind.__name__)
def test_every_kind_of_field_has_a_control(kind: type) -> None:
    sample, stored, control = SAMPLES[kind]
    drawn = painted(sample, stored, "field")
    assert re.search(control, drawn), drawn
    assert 'name="fruit"' in drawn, "Without script its answer would not be sent."
    assert 'data-url="/records/r/fields/fruit"' in drawn, "Without a unit autosave does not see it."
    assert f'data-kind="{sample.control}"' in drawn


@pytest.mark.parametrize("kind", get_args(kinds.Kind), ids=lambda kind: kind.__name__)
def test_every_kind_of_field_has_a_read_only_form(kind: type) -> None:
    sample, stored, _ = SAMPLES[kind]
    drawn = painted(sample, stored, "words")
    assert str(jinja2.filters.escape(sample.show(stored))) in drawn
    assert not re.search(r"<(input|textarea|select|button)", drawn)


@pytest.mark.parametrize("kind", get_args(kinds.Kind), ids=lambda kind: kind.__name__)
def test_every_kind_of_field_has_a_paper_form(kind: type) -> None:
    sample, stored, _ = SAMPLES[kind]
    form = Form("V", "Form", (Tab("t", "Tab", (Section("s", "Section", (Field("fruit", "Fruit", sample),)),)),))
    (part,) = paper(form, Answers({"fruit": stored}), preview=False)[0]["parts"]
    assert [(f["label"], f["value"]) for f in part["fields"]] == [("Fruit", sample.show(stored))]


def test_the_check_of_controls_notices_a_kind_the_template_does_not_know() -> None:
    odd = type("Slider", (kinds.Choice,), {"control": "slider"})({"a": "Apple", "b": "Pear"})
    assert not re.search(SAMPLES[kinds.Choice][2], painted(odd, "b", "field"))
