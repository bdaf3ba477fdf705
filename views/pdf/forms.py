"""Keeps what was filled in in a form as it looks, when the form becomes part of another PDF."""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

# What makes an annotation a field to fill in.
OF_A_FIELD = tuple(f"/{it}" for it in "A AS DA DV FT Ff MK MaxLen Opt Parent Q T TM TU V".split())


def draws_anew(part: pikepdf.Pdf) -> bool:
    """Whether viewers are to draw its fields by themselves, whatever is drawn in it."""
    return part.acroform.exists and part.acroform.needs_appearances


def as_drawn(part: pikepdf.Pdf) -> None:
    """Make a picture of each field that is drawn, for viewers that would otherwise draw it anew in their own way."""
    for page in part.pages:
        annotations = page.obj.get("/Annots")
        for it in annotations if isinstance(annotations, Array) else ():
            if isinstance(it, Dictionary) and it.get("/Subtype") == Name.Widget and (drawn := _drawn(it)) is not None:
                _leave(it)
                for key in OF_A_FIELD:
                    if key in it:
                        del it[key]
                it.Subtype, it.AP = Name.Stamp, Dictionary(N=drawn)


def _drawn(field: Any) -> Any:
    """How a field looks in the state it is in; None where nothing says it."""
    look = field.get("/AP")
    look = look.get("/N") if isinstance(look, Dictionary) else None
    if isinstance(look, Dictionary):
        look = look.get(str(field.get("/AS", "/Off")))
    return look if isinstance(look, Stream) else None


def _leave(field: Any) -> None:
    parent = field.get("/Parent")
    kids = parent.get("/Kids") if isinstance(parent, Dictionary) else None
    if isinstance(kids, Array):
        parent.Kids = Array([kid for kid in kids if kid.objgen != field.objgen])


def read_only(whole: pikepdf.Pdf, draw_anew: bool) -> None:
    """Nobody fills in the forms of a bundle."""
    form = whole.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return
    form.NeedAppearances = draw_anew
    fields = form.get("/Fields")
    waiting = [(it, 0) for it in fields] if isinstance(fields, Array) else []
    seen = set()
    while waiting:
        it, inherited = waiting.pop()
        if not isinstance(it, Dictionary) or it.objgen in seen:
            continue
        seen.add(it.objgen)
        own = it.get("/Ff")
        flags = own if isinstance(own, int) else inherited
        it.Ff = flags | 1
        kids = it.get("/Kids")
        waiting += [(kid, flags) for kid in kids] if isinstance(kids, Array) else []
