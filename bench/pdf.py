"""How fast the paper is made, beside the other ways to make it: ``python -m bench.pdf``."""

import argparse
import io
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf

from bench.engines import ENGINES

HERE = Path(__file__).parent
COLUMNS = ("engine", "CPU s", "wall s", "memory MB", "pages", "KB", "tagged")


def start(engine: str, kilobytes: int, outcomes: int) -> tuple[subprocess.Popen[bytes], Connection]:
    """A warm process for `engine`, which has made its document once."""
    ours, theirs = Pipe()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bench.engines", str(theirs.fileno()), engine, str(kilobytes), str(outcomes)],
        cwd=HERE.parent,
        pass_fds=[theirs.fileno()],
    )
    theirs.close()
    if ours.recv() != "ready":
        raise RuntimeError(f"{engine} did not start")
    return process, ours


def measure(names: list[str], kilobytes: int, outcomes: int, rounds: int) -> dict[str, dict[str, Any]]:
    """The medians of `rounds` rounds in which each engine makes its document once."""
    running = {name: start(name, kilobytes, outcomes) for name in names}
    taken: dict[str, list[Any]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, (_, pipe) in running.items():
            pipe.send("go")
            taken[name].append(pipe.recv())
    for process, pipe in running.values():
        pipe.close()
        process.wait()
    found = {}
    for name, answers in taken.items():
        made = answers[-1][3]
        with pikepdf.open(io.BytesIO(made)) as document:
            pages, tagged = len(document.pages), "/StructTreeRoot" in document.Root
        found[name] = {
            "cpu": median(a[0] for a in answers),
            "wall": median(a[1] for a in answers),
            "memory": max(a[2] for a in answers),
            "pages": pages,
            "kb": len(made) / 1000,
            "tagged": tagged,
        }
    return found


def table(found: dict[str, dict[str, Any]]) -> str:
    """As the README shows it."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for name, it in found.items():
        lines.append(
            f"| {name} | {it['cpu']:.2f} | {it['wall']:.2f} | {it['memory']:.0f} | {it['pages']} | {it['kb']:.0f} "
            f"| {'yes' if it['tagged'] else 'no'} |"
        )
    return "\n".join(lines)


def verdicts(found: dict[str, dict[str, Any]]) -> list[str]:
    """What was promised, and whether it was kept in this run."""
    promises = [
        ("ours, preview", "platypus by hand", 1.3),
        ("ours, preview", "WeasyPrint", 0.5),
        ("ours, submitted", "WeasyPrint", 1.0),
    ]
    return [
        f"{ours}: {found[ours]['cpu'] / found[other]['cpu']:.2f} of {other} (at most {most:g}) "
        + ("kept" if found[ours]["cpu"] <= most * found[other]["cpu"] else "NOT KEPT")
        for ours, other, most in promises
    ]


def main() -> None:
    """Print the table; say of each promise whether it was kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--kilobytes", type=int, default=20)
    asked.add_argument("--outcomes", type=int, default=30)
    options = asked.parse_args()
    found = measure(list(ENGINES), options.kilobytes, options.outcomes, options.rounds)
    print(f"{options.kilobytes} KB of text, {options.outcomes} outcomes; medians of {options.rounds} rounds.\n")
    print(table(found))
    print()
    print("\n".join(verdicts(found)))


if __name__ == "__main__":
    main()
