"""The conversation with the family on paper: what they are asked in plain words, and which tabs hold their answers."""

from record.child_views import TAB as CHILD
from record.contribution import TAB as CONTRIBUTION
from record.parent_views import TAB as PARENTS

# The tabs with the family's words, in the order they are read back.
THEIRS = (CHILD.name, PARENTS.name, CONTRIBUTION.name)

# What is read back in words for a family: of a tab, of a tab's section, of a field. Others stay as the form has them.
PLAIN = {
    "child_views": "The views of the child or young person",
    "child_views.original": "In their own language",
    "child_views.recorded": "When this was written down",
    "views_language": "Language",
    "views_original": "Their own words",
    "views_recorded_on": "Written down on",
    "no_views_reason": "Why nothing is written here",
    "parent_views": "The views of parents and carers",
    "parent_views.original": "In your own language",
    "parent_views.recorded": "When this was written down",
    "parent_language": "Language",
    "parent_original": "Your own words",
    "parent_strengths": "What goes well at home",
    "parent_family_impact": "How daily life and the family are affected",
    "parent_support_wanted": "The support you would like",
    "parent_views_date": "Said on",
    "no_parent_views_reason": "Why nothing is written here",
    "contribution": "How you took part, and how the council keeps in touch",
    "contribution.communication": "How the council (SENAS) should keep in touch with you",
    "contribution.family": "How parents and carers took part",
    "contribution.child": "How the child or young person took part",
    "communication_method": "How to contact you",
    "parent_contribution": "How you told us",
    "interpreter_used": "An interpreter helped",
    "interpreter_used_language": "The interpreter’s language",
    "interpreter_service": "Where the interpreter came from",
    "interpreter_used_on": "When the interpreter helped",
    "parent_saw_text": "You have seen what was written for you",
    "parent_saw_text_on": "When you saw it",
    "entered_by": "Who wrote it down for you",
    "child_contribution": "How they told us",
}

# Whose part of the sheet has a box to draw in.
DRAWING = "For the child or young person"

# (who is asked, the questions: words and how many lines there are to write on). {setting} is the school or college.
SHEET = (
    (
        DRAWING,
        "You can write, say it to somebody who writes it down, or draw in the box at the end. You need not answer "
        "everything.",
        (
            ("What do people like about you? What are you good at?", 4),
            ("What matters most to you?", 3),
            ("How do you tell people what you want? What helps you to choose?", 3),
            ("What do you enjoy?", 2),
            ("What helps you at {setting}? What should people do, or not do?", 4),
            ("What is going well? What is hard?", 4),
            ("What would you like to do when you are older?", 3),
        ),
    ),
    (
        "For parents and carers",
        "Write in any language you like. Your words go into the request as you say them, and you can see them before "
        "it is sent. If more than one person answers, say whose words are whose.",
        (
            ("What should we know about your child’s life and your family so far?", 5),
            ("At home, what is your child good at?", 4),
            ("What worries you most?", 5),
            ("What helps your child, and what does not?", 4),
            ("Is there anything about health or development we should know?", 3),
            ("How does this affect daily life and the family?", 4),
            ("What support would you like?", 4),
            ("What do you hope for your child’s future?", 3),
        ),
    ),
    (
        "How we keep in touch",
        "",
        (
            ("How should the council contact you: by the Parent Portal (online), email, post or telephone, or through "
             "{setting}?", 1),
            ("Which language do you prefer? Do you need an interpreter?", 1),
            ("Your name, and today’s date", 1),
        ),
    ),
)  # fmt: skip
