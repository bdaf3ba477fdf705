"""Makes a PDF of a photograph or a Word document; within the process that looks through what people bring."""

import io
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import defusedxml.ElementTree

from views.pdf.unfit import Unfit

PIXELS = 80_000_000  # of a picture, as it is unpacked
UNZIPPED = 150 << 20  # bytes, of all parts of a Word document
PATH = "/usr/local/bin:/usr/bin:/bin"  # where LibreOffice may be
WORD_SECONDS = 60.0
_SCRIPTING = "/org.openoffice.Office.Common/Security/Scripting"
# LibreOffice's settings: nothing is fetched from elsewhere, no macro runs.
ALONE = "".join((
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">',
    *(
        f'<item oor:path="{_SCRIPTING}"><prop oor:name="{name}" oor:op="fuse"><value>true</value></prop></item>'
        for name in ("BlockUntrustedRefererLinks", "DisableMacrosExecution")
    ),
    "</oor:items>",
))  # fmt: skip


def from_photograph(content: bytes) -> bytes:
    """One A4 page with the picture on it: upright, without where and when it was taken. Raises Unfit."""
    from PIL import Image, ImageOps
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    Image.MAX_IMAGE_PIXELS = PIXELS
    try:
        if content[4:8] == b"ftyp":
            from pillow_heif import register_heif_opener

            register_heif_opener()
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "HEIF")) as opened:
            if opened.width * opened.height > PIXELS:
                raise Unfit("large_photo")
            opened.draft("RGB", (3500, 3500))
            picture = _in_plain_colours(ImageOps.exif_transpose(opened))
            picture.thumbnail((2480, 3508))  # A4 at 300 dots to the inch
            if picture.mode in ("RGBA", "LA"):
                white = Image.new("RGBA", picture.size, "white")
                white.alpha_composite(picture.convert("RGBA"))
                picture = white
            picture = picture.convert("RGB")
    except (Image.DecompressionBombError, MemoryError):
        raise Unfit("large_photo") from None
    except Unfit:
        raise
    except Exception:
        raise Unfit("bad_photo") from None
    out, small = io.BytesIO(), io.BytesIO()
    picture.save(small, "JPEG", quality=82, optimize=True)  # without the metadata of the original
    small.seek(0)
    size = landscape(A4) if picture.width > picture.height else A4
    canvas = Canvas(out, pagesize=size, invariant=True)
    margin = 28
    canvas.drawImage(
        ImageReader(small), margin, margin, size[0] - 2 * margin, size[1] - 2 * margin, preserveAspectRatio=True
    )
    canvas.save()
    return out.getvalue()


def _in_plain_colours(picture: Any) -> Any:
    """The same picture in eight bits a colour, without palette: only so it can be made smaller by taking means."""
    clear = "transparency" in picture.info
    if picture.mode.startswith("I"):  # grey in 16 bits; what is above 255 would become white
        grey = picture.convert("I").point([step >> 8 for step in range(1 << 16)], "L")
        if clear:
            grey.putalpha(picture.convert("RGBA").getchannel("A"))
        return grey
    if clear or picture.mode in ("P", "PA"):
        return picture.convert("RGBA")
    return picture.convert("L") if picture.mode == "1" else picture


# Links to click are fine, and so is which template a letter was begun from: LibreOffice does not look for it.
def _reaches_out(relations: bytes) -> bool:
    """Whether a part of a Word document lies elsewhere, from where it would be fetched."""
    return any(
        it.get("TargetMode") == "External" and not it.get("Type", "").endswith(("/hyperlink", "/attachedTemplate"))
        for it in defusedxml.ElementTree.fromstring(relations).iter()
    )


def from_word(content: bytes) -> bytes:
    """What LibreOffice makes of a Word document. Raises Unfit, also where there is no LibreOffice."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = [part.filename.lower() for part in parts.infolist()]
            large = sum(part.file_size for part in parts.infolist()) > UNZIPPED
            relations = [] if large else [parts.read(part) for part in parts.infolist() if _is_relations(part)]
    except Exception:
        raise Unfit("unknown") from None
    if "word/document.xml" not in names:
        raise Unfit("unknown")
    if large or any(name.endswith("vbaproject.bin") for name in names):
        raise Unfit("old_word")
    try:
        reaching = len(set(names)) < len(names) or any(_reaches_out(it) for it in relations)
    except Exception:  # Word would not open it either
        raise Unfit("bad_word") from None
    if reaching:
        raise Unfit("bad_word")
    return _by_libreoffice(content)


def _is_relations(part: zipfile.ZipInfo) -> bool:
    return part.filename.lower().endswith(".rels")


def _by_libreoffice(content: bytes) -> bytes:
    """In a folder that lasts no longer; who started this process ends it and what it started when that takes long."""
    office = shutil.which("soffice", path=PATH)
    if office is None:
        raise Unfit("no_word")
    with tempfile.TemporaryDirectory() as folder:
        source, profile = Path(folder, "document.docx"), Path(folder, "profile")
        source.write_bytes(content)
        Path(profile, "user").mkdir(parents=True)
        Path(profile, "user", "registrymodifications.xcu").write_text(ALONE)
        try:
            subprocess.run(  # noqa: S603
                [
                    office,
                    "--headless",
                    "--norestore",
                    f"-env:UserInstallation=file://{profile}",
                    "--infilter=MS Word 2007 XML",
                    "--convert-to",
                    "pdf:writer_pdf_Export",
                    "--outdir",
                    folder,
                    str(source),
                ],
                env={"HOME": folder, "TMPDIR": folder, "PATH": PATH},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            return source.with_suffix(".pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            raise Unfit("bad_word") from None
