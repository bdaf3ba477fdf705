"""Makes a PDF of a photograph or a Word document; within the process that looks through what people bring."""

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from views.pdf.unfit import Unfit

PIXELS = 80_000_000  # of a picture, as it is unpacked
UNZIPPED = 150 << 20  # bytes, of all parts of a Word document
PATH = "/usr/local/bin:/usr/bin:/bin"  # where LibreOffice may be
WORD_SECONDS = 45


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


def _reaches_out(relations: bytes) -> bool:
    """Whether a part of a Word document lies elsewhere, from where it would be fetched; links to click are fine."""
    outside = [it for it in re.findall(rb"<[^>]*>", relations) if re.search(rb"TargetMode\s*=\s*[\"']External", it)]
    return any(not re.search(rb"/hyperlink[\"']", it) for it in outside)


def from_word(content: bytes) -> bytes:
    """What LibreOffice makes of a Word document. Raises Unfit, also where there is no LibreOffice."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = {part.filename for part in parts.infolist()}
            large = sum(part.file_size for part in parts.infolist()) > UNZIPPED
            reaching = not large and any(_reaches_out(parts.read(name)) for name in names if name.endswith(".rels"))
    except Exception:
        raise Unfit("unknown") from None
    if "word/document.xml" not in names:
        raise Unfit("unknown")
    if large or any(name.endswith("vbaProject.bin") for name in names):
        raise Unfit("old_word")
    if reaching:
        raise Unfit("bad_word")
    office = shutil.which("soffice", path=PATH)
    if office is None:
        raise Unfit("no_word")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "document.docx")
        source.write_bytes(content)
        try:
            subprocess.run(  # noqa: S603
                [
                    office,
                    "--headless",
                    "--norestore",
                    f"-env:UserInstallation=file://{folder}/profile",
                    "--convert-to",
                    "pdf:writer_pdf_Export",
                    "--outdir",
                    folder,
                    str(source),
                ],
                env={"HOME": folder, "PATH": PATH},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=WORD_SECONDS,
                check=True,
            )
            return source.with_suffix(".pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            raise Unfit("bad_word") from None
