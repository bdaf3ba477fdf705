"""Looks through a file that somebody brought: a PDF, or what is made into one by `views/pdf/convert.py`.

Runs in a process of its own (`python -m views.pdf.check`), because every upload is hostile until proven otherwise: it
reads the file from standard input, with limits on memory and time, and answers one line of JSON, then the PDF.
A PDF is taken as it came, byte for byte, or refused: evidence is never altered.
"""

import ctypes
import io
import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any

from views.pdf.convert import PIXELS, WORD_SECONDS, from_photograph, from_word
from views.pdf.memory import peak
from views.pdf.unfit import PAGES, Unfit
from views.pdf.unfold import SHORT, SHRUNK, unfolded

OBJECTS = 60_000
INFLATED = 150 << 20  # bytes, of all that is compressed in one PDF
SIDE = 14_400  # points: the largest page PDF allows, five metres
DEPTH = 60
MEMORY = 512 << 20
WORD_MEMORY = 1536 << 20
WORD_FILE = 100 << 20
CPU_SECONDS = 15
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000  # Linux: unshare(2)

# PDF 2.0 (ISO 32000-2): what acts, hides files or needs a program of its own.
ACTING = frozenset(("/JS", "/JavaScript", "/XFA", "/AA", "/RichMediaContent", "/RichMediaSettings"))
HIDING = frozenset(("/EmbeddedFiles", "/EF"))
ACTIONS = frozenset((
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/GoTo3DView", "/ResetForm", "/SetOCGState",
))  # fmt: skip
ANNOTATIONS = frozenset(("/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"))
BY_ITSELF = frozenset(("/GoTo", "/Named"))  # what a PDF may do when it is opened: show a page, or offer to print
FOLLOWED = 20  # actions, of those that follow from one
SCRIPTS = ("javascript:", "vbscript:", "data:")


def look(content: bytes) -> tuple[bytes, int, str]:
    """The PDF to keep, its pages, and what it was before ('' for a PDF as it came). Raises Unfit."""
    if not content:
        raise Unfit("empty")
    if content.startswith(b"%PDF-"):
        return content, check(content), ""
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or content[4:12] in HEIF:
        made = from_photograph(content)
        return made, 1, "photograph"
    if content.startswith(b"PK\x03\x04"):
        made = from_word(content)
        _limit()
        return made, check(made), "Word document"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unfit("old_word")
    if b"%PDF-" in content[:4096]:
        raise Unfit("mixed")
    raise Unfit("unknown")


HEIF = frozenset(b"ftyp" + brand for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"))


def check(content: bytes) -> int:
    """The pages of a PDF that may be kept as it is. Raises Unfit."""
    import pikepdf

    _ends(content)
    try:
        pdf = pikepdf.open(io.BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise Unfit("password") from None
    except MemoryError:
        raise Unfit("bomb") from None
    except Exception:
        raise Unfit("broken") from None
    with pdf:
        try:
            pages = len(pdf.pages)
        except MemoryError:
            raise Unfit("bomb") from None
        except Exception:
            raise Unfit("broken") from None
        if pages < 1:
            raise Unfit("broken")
        if pages > PAGES:
            raise Unfit("pages")
        _pages(pdf)
        _objects(pdf)
        return pages


def _ends(content: bytes) -> None:
    """A PDF ends with its end: what comes after is somebody else's."""
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise Unfit("broken")
    if len(content) - end > 1024 or content[end + 5 :].strip(b"\r\n\t \x00"):
        raise Unfit("mixed")


def _pages(pdf: Any) -> None:
    for page in pdf.pages:
        try:
            box = [float(side) for side in page.mediabox]
        except Exception:
            raise Unfit("broken") from None
        if len(box) != 4 or max(abs(side) for side in box) > SIDE or box[0] == box[2] or box[1] == box[3]:
            raise Unfit("broken")


def _objects(pdf: Any) -> None:
    import pikepdf

    if len(pdf.objects) > OBJECTS:
        raise Unfit("bomb")
    left = INFLATED
    for it in pdf.objects:
        if isinstance(it, pikepdf.Stream):
            _elsewhere(it.stream_dict)
            _walk(it.stream_dict)
            left -= _inflated(it, left)
            if left <= 0:
                raise Unfit("bomb")
        else:
            _walk(it)


def _walk(it: Any) -> None:
    """Refuse what acts or hides, in this object; those it refers to are looked at by themselves."""
    import pikepdf

    waiting = [(it, 0)]
    while waiting:
        it, depth = waiting.pop()
        if depth > DEPTH:
            raise Unfit("bomb")
        inside: Iterator[Any] = iter(())
        if isinstance(it, pikepdf.Dictionary):
            for key, value in it.items():
                _key(key, value)
            inside = iter(it.values())
        elif isinstance(it, pikepdf.Array):
            inside = iter(it)
        waiting += [
            (value, depth + 1)
            for value in inside
            if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect
        ]


def _key(key: str, value: Any) -> None:
    import pikepdf

    if key in ACTING:
        raise Unfit("active")
    if key in HIDING:
        raise Unfit("attached")
    if isinstance(value, pikepdf.Name):
        if (key == "/S" and str(value) in ACTIONS) or (key == "/Subtype" and str(value) in ANNOTATIONS):
            raise Unfit("active")
        if key == "/Subtype" and str(value) == "/FileAttachment":
            raise Unfit("attached")
    if key == "/OpenAction":
        _by_itself(value)
    # a viewer that asks a browser to follow an address is in the browser's hands: blanks within do not count there
    if key in ("/URI", "/Base") and isinstance(value, pikepdf.String):
        address = "".join(letter for letter in str(value) if letter > " ").lower()
        if address.startswith(SCRIPTS):
            raise Unfit("active")


def _by_itself(value: Any) -> None:
    """Refuse what happens when the PDF is opened, but for showing one of its own pages."""
    import pikepdf

    waiting, seen = [value], 0
    while waiting:
        it = waiting.pop()
        if isinstance(it, pikepdf.Array):  # a place in this PDF; or, after an action, the next ones
            waiting += [action for action in it if isinstance(action, pikepdf.Dictionary) and "/S" in action]
        elif isinstance(it, pikepdf.Dictionary):
            seen += 1
            act = str(it.get("/S", "/GoTo"))
            if seen > FOLLOWED or act not in BY_ITSELF:
                raise Unfit("active" if act in ACTIONS else "reaching")
            if "/Next" in it:
                waiting.append(it["/Next"])


def _elsewhere(stream: Any) -> None:
    """Refuse what is to be fetched from another file: the content of a stream, or a page of another PDF."""
    import pikepdf

    file = stream.get("/F")
    if isinstance(file, pikepdf.String | pikepdf.Dictionary) or isinstance(stream.get("/Ref"), pikepdf.Dictionary):
        raise Unfit("reaching")


def _inflated(stream: Any, most: int) -> int:
    """How many bytes come out of a stream; at most a little more than `most`. Raises Unfit."""
    import pikepdf

    if stream.get("/Subtype") == "/Image":
        try:
            if int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > PIXELS:
                raise Unfit("bomb")
        except (TypeError, ValueError):
            raise Unfit("broken") from None
    filters = stream.get("/Filter")
    several = isinstance(filters, pikepdf.Array)
    names = [str(f).removeprefix("/") for f in (filters if several else [filters])] if filters else []
    if not {SHORT.get(name, name) for name in names} & SHRUNK:
        return 0
    parms = stream.get("/DecodeParms", {})
    late = any(
        isinstance(p, pikepdf.Dictionary) and p.get("/EarlyChange") == 0
        for p in (parms if isinstance(parms, pikepdf.Array) else [parms])
    )
    return unfolded(stream.read_raw_bytes(), names, 0 if late else 1, most)


def _limit(memory: int = MEMORY, file: int = 0, seconds: int = CPU_SECONDS) -> None:
    """From here on, for this process and each it starts: bytes of memory, bytes of a file, seconds of work."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))


def _leave_the_network() -> None:
    """No network from here on, where the system lets a process part with it; what is refused is refused anyway."""
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare:
        unshare(NEW_NETWORK if os.geteuid() == 0 else NEW_NETWORK | NEW_USER)


def main() -> None:
    """One file in, one answer out."""
    content = sys.stdin.buffer.read()
    _leave_the_network()
    if content.startswith(b"PK\x03\x04"):  # LibreOffice needs more of everything
        _limit(WORD_MEMORY, WORD_FILE, int(WORD_SECONDS))
    else:
        _limit()
    answer: dict[str, Any] = {"reason": "broken"}
    made = b""
    try:
        made, pages, made_from = look(content)
        answer = {"pages": pages, "made_from": made_from}
        if not made_from:
            made = b""  # who asked has it
    except Unfit as unfit:
        answer = {"reason": str(unfit)}
    except MemoryError:
        answer = {"reason": "bomb"}
    except RecursionError:
        answer = {"reason": "bomb"}
    answer["peak"] = max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
