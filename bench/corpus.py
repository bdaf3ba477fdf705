"""How the portal takes the PDFs of a folder: ``python -m bench.corpus FOLDER``.

Each file goes the way of an upload, in a process of its own. Printed: how many are kept and how many refused for which
reason, the longest time and the most memory one took; with ``--each`` a line for every file. The test files of PDF
libraries are a good folder: odd, broken and hostile ones by the hundred.
"""

import argparse
import asyncio
import time
from collections import Counter
from pathlib import Path

from views.pdf.intake import Intake, Refused
from views.pdf.unfit import WORDS

MOST = 20_000_000
REASONS = {words: reason for reason, words in WORDS.items()}


async def take(intake: Intake, path: Path) -> tuple[str, float]:
    """What became of a file ('kept' or the reason), and in how many seconds."""
    began = time.perf_counter()
    try:
        await intake.take(await asyncio.to_thread(path.read_bytes), MOST)
    except Refused as refused:
        return REASONS.get(str(refused), str(refused)), time.perf_counter() - began
    return "kept", time.perf_counter() - began


async def main() -> None:
    """Every PDF below the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    slowest = (0.0, Path())
    intake = Intake()
    for path in sorted(options.folder.rglob("*.pdf")):
        became, seconds = await take(intake, path)
        counted[became] += 1
        slowest = max(slowest, (seconds, path))
        if options.each:
            print(f"{became:10} {seconds:6.2f} s  {path.relative_to(options.folder)}")
    print(f"{sum(counted.values())} files; the slowest took {slowest[0]:.1f} s ({slowest[1].name})")
    for became, times in counted.most_common():
        print(f"{times:6}  {became}")


if __name__ == "__main__":
    asyncio.run(main())
