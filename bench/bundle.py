"""How long a bundle takes and how much memory: ``python -m bench.bundle``, forty scans of 3 MB each."""

import asyncio
import io
import os
import resource
import tempfile
import time
from pathlib import Path

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from views.pdf.bundle import Part, put_together

DOCUMENTS, PAGES = 40, 5


def scan() -> bytes:
    """A document of about 3 MB: pages that are pictures, with nothing in them that packs well."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for _ in range(PAGES):
        picture = io.BytesIO()
        Image.frombytes("RGB", (1200, 1700), os.urandom(1200 * 1700 * 3)).save(picture, "JPEG", quality=24)
        picture.seek(0)
        canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def main() -> None:
    """Make one, and say what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = scan()
        for n in range(DOCUMENTS):
            (folder / f"{n}.pdf").write_bytes(content)
        parts = [Part(f"Scan {n}", f"{n}.pdf", PAGES) for n in range(DOCUMENTS)]
        began = time.perf_counter()
        made = asyncio.run(put_together(folder, parts, "Zuzanna Kowalczyk", "ERSA-000041"))
        seconds = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{DOCUMENTS} documents of {len(content) / 1e6:.1f} MB, {DOCUMENTS * PAGES} pages: {seconds:.1f} s,")
        print(f"{memory:.0f} MB in its own process, {made.stat().st_size / 1e6:.0f} MB made")


if __name__ == "__main__":
    main()
