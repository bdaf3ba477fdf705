"""The record that the tests of the paper form print, and the tools that read a PDF back."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from views.pdf import render

SCRIPTS = {
    "Polish, Romanian, Yoruba": "Żółć Gęślą – Ştefan – Ọlá",
    "Panjabi": "ਗੁਰਪ੍ਰੀਤ ਕੌਰ, ਪੰਜਾਬੀ",
    "Arabic, Farsi": "فاطمة الزهراء – مریم حسینی – ۱۴۰۲",
    "Urdu": "محمد علی، اردو",
    "Tamil": "தமிழ்ச்செல்வி",
    "Hindi": "श्रेष्ठ, हिन्दी",
    "Gujarati": "ગુજરાતી",
    "Bengali": "বাংলা",
    "Sinhala": "සිංහල",
    "Ukrainian": "Їжакевич",
    "Tigrinya": "ትግርኛ",
    "Armenian": "Հայերեն",
    "Georgian": "ქართული",
    "Japanese, Chinese": "日本語・中文",
    "Cantonese": "佢哋喺學校冇咗啲嘢㗎喎，諗唔到嗰啲嚟咁搵瞓啱 𨋢 㖞",
    "Names in Chinese and Japanese": "镕、赟、祎、堃、𬭎、髙橋、山﨑、𠮷田",
    "Korean": "한국어, 뷁 햏 ㅋㅋ ㅠㅠ",
}
"""One name or word for each script that families in Ealing write."""


def field(label: str, value: str = "", **more: Any) -> dict[str, Any]:
    return {"label": label, "value": value, "long": False, "missing": False, "language": "", **more}


def fields(title: str, *some: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "fields", "title": title, "fields": list(some)}


def row(title: str, *some: dict[str, Any], by: str = "", missing: list[str] | None = None) -> dict[str, Any]:
    return {"title": title, "by": by, "missing": missing or [], "unfinished": "", "fields": list(some)}


def rows(title: str, *some: dict[str, Any], empty: str = "None recorded") -> dict[str, Any]:
    return {"kind": "rows", "title": title, "empty": empty, "left_out": "", "rows": list(some)}


def tab(number: int, title: str, *parts: dict[str, Any], missing: list[str] | None = None) -> dict[str, Any]:
    name = title.split()[0].lower()
    return {
        "name": name,
        "title": title,
        "number": number,
        "missing": missing or [],
        "warnings": [],
        "by": "Amina Yusuf, 3 November 2026",
        "parts": list(parts),
    }


def record(*tabs: dict[str, Any], draft: bool = True, **more: Any) -> dict[str, Any]:
    """What routes give to `ersa.pdf.html`."""
    submitted = {"by": "Amina Yusuf, SENCO", "at": "24 November 2026, 10:42", "incomplete_reason": "", "lacking": []}
    return {
        "title": "ERSA VNOV22 (Preview)" if draft else "ERSA – School (VNOV22)",
        "name": "Ealing Request for Statutory Assessment of Education, Health and Care needs",
        "form": "ERSA – School (VNOV22)",
        "writers": ["Amina Yusuf", "Daljit Kaur"],
        "council": "London Borough of Ealing",
        "service": "SENAS",
        "draft": draft,
        "child": {
            "name": "Zuzanna Kowalczyk",
            "dob": "5 May 2016",
            "setting": "Brentmere Primary School",
            "year": "Year 5",
        },
        "reference": "ERSA-000041",
        "printed": "24 November 2026, 10:42",
        "submitted": None if draft else submitted,
        "tabs": list(tabs),
        "history_note": "",
        **more,
    }


def run(tool: str, *arguments: str) -> str:
    """The output of one of the command line tools that read PDFs; fails the test when it is not installed."""
    if not shutil.which(tool):
        raise AssertionError(f"{tool} is missing: apt-get install poppler-utils qpdf")
    done = subprocess.run([tool, *arguments], capture_output=True, check=False)
    assert done.returncode == 0, f"{tool} ended with {done.returncode}: {done.stderr.decode('utf8', 'replace')}"
    return done.stdout.decode("utf8")


def read(pdf: bytes, folder: Path, *options: str) -> str:
    """The text of `pdf` as pdftotext finds it."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    return run("pdftotext", *options, str(path), "-")


@cache
def words_of(pdf: bytes) -> str:
    """All the words of a PDF, by pdftotext, each after one space."""
    return " ".join(
        subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode().split()
    )


def engine_here() -> Any:
    """The engine of this process: what a worker runs, without the worker."""
    return render.engine()


def printed(*tabs: dict[str, Any], draft: bool = True, **more: Any) -> render.Rendered:
    """The ERSA with `tabs`, made in this process."""
    rendered: render.Rendered = engine_here()("ersa.pdf.html", record(*tabs, draft=draft, **more))
    return rendered
