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


async def take(intake: Intake, path: Path) -> tuple[str, float, int]:
    """What became of a file ('kept' or the reason), in how many seconds, and with how many megabytes of memory."""
    began = time.perf_counter()
    try:
        became, peak = "kept", (await intake.take(await asyncio.to_thread(path.read_bytes), MOST)).peak
    except Refused as refused:
        became, peak = REASONS.get(str(refused), str(refused)), refused.peak
    return became, time.perf_counter() - began, peak >> 20


async def main() -> None:
    """Every PDF below the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    slowest, largest = (0.0, Path()), (0, Path())
    intake = Intake()
    for path in sorted(options.folder.rglob("*.pdf")):
        became, seconds, megabytes = await take(intake, path)
        counted[became] += 1
        slowest, largest = max(slowest, (seconds, path)), max(largest, (megabytes, path))
        if options.each:
            print(f"{became:10} {seconds:6.2f} s {megabytes or '?':>5} MB  {path.relative_to(options.folder)}")
    print(
        f"{sum(counted.values())} files; the slowest took {slowest[0]:.1f} s ({slowest[1].name}), "
        f"the largest {largest[0]} MB of memory ({largest[1].name})"
    )
    for became, times in counted.most_common():
        print(f"{times:6}  {became}")


if __name__ == "__main__":
    asyncio.run(main())
