"""Why a file that somebody brought is not taken, and what to do instead: each reason in a sentence."""

PAGES = 300  # that a PDF has at most

PRINT_IT = "Open it, choose Print, then “Save as PDF”, and bring the new file."
WORDS = {
    "empty": "The file is empty. Choose another one.",
    "unknown": "This is not a file the portal can keep. Bring a PDF, a photograph (JPEG, PNG or HEIC) or a Word "
    "document (.docx).",
    "old_word": "This is a Word document of the old kind, or one with macros. Open it in Word, choose Save As, then "
    "PDF, and bring the PDF.",
    "no_word": "Word documents cannot be turned into PDF here. Open it in Word, choose Save As, then PDF, and bring "
    "the PDF.",
    "bad_word": "This Word document could not be turned into PDF. Open it in Word, choose Save As, then PDF, and bring "
    "the PDF.",
    "bad_photo": "This picture could not be read. Open it on your device, save or share it as JPEG, and bring that.",
    "large_photo": "This picture has more dots than the portal can take. Make it smaller, or take it again, as JPEG.",
    "password": "This PDF asks for a password to open it, so SENAS could not read it. Open it with its password, "
    "choose Print, then “Save as PDF”, and bring the new file.",
    "broken": f"This PDF is damaged or incomplete. {PRINT_IT} If it does not open, ask who sent it for a new copy.",
    "mixed": f"There is something before or after the PDF in this file, which could be harmful. {PRINT_IT}",
    "active": f"This PDF holds a script, a form that acts by itself, or video or sound. {PRINT_IT}",
    "reaching": "This PDF opens a website or another file by itself, or takes a part of its pages from one. "
    f"{PRINT_IT}",
    "attached": "This PDF has other files attached to it. Save those and bring each by itself; then open this one, "
    "choose Print, then “Save as PDF”, and bring the new file.",
    "bomb": f"This PDF would become far too large when it is opened. {PRINT_IT}",
    "pages": f"This PDF has more than {PAGES} pages. Bring it in parts.",
    "slow": f"This file took too long to look through. {PRINT_IT}",
}


class Unfit(Exception):
    """The file is not taken; `str()` is the key of the reason in WORDS."""
