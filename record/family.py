"""The conversation with the family on paper: what they are asked in plain words, and which tabs hold their answers."""

from record.child_views import TAB as CHILD
from record.contribution import TAB as CONTRIBUTION
from record.parent_views import TAB as PARENTS

# The tabs with the family's words, in the order they are read back.
THEIRS = (CHILD.name, PARENTS.name, CONTRIBUTION.name)

# (who is asked, the questions: words and how many lines there are to write on)
SHEET = (
    (
        "For the child or young person",
        "You can write, draw, or say it to somebody who writes it down. You need not answer everything.",
        (
            ("What do people like about you? What are you good at?", 4),
            ("What matters most to you?", 3),
            ("How do you tell people what you want? What helps you to choose?", 3),
            ("What helps you at school? What should people do, or not do?", 4),
            ("What is going well? What is hard?", 4),
            ("What do you enjoy?", 2),
            ("What would you like to do when you are older?", 3),
        ),
    ),
    (
        "For parents and carers",
        "Write in any language you like. Your words go into the request as you say them, and you can see them before "
        "it is sent. If more than one person answers, say whose words are whose.",
        (
            ("What should we know about your child’s life and your family so far?", 5),
            ("What is your child good at, at home?", 4),
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
            ("How should the council write to you: the Parent Portal (online), email, post, telephone, or through the "
             "school?", 1),
            ("Which language do you prefer? Do you need an interpreter?", 1),
            ("Your name, and today’s date", 1),
        ),
    ),
)  # fmt: skip
