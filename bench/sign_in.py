"""Whether the time of an answer tells a known user name from an unknown one: signing in, and a forgotten password.

``python -m bench.sign_in https://… known [rounds]`` asks a running portal, both kinds in turn, and compares the two by
their medians and a rank test (Mann and Whitney). The portal should have been started with real hashes.
"""

import math
import statistics
import sys
import time
from itertools import count

import httpx2

CHANCE = 0.01  # below this, the two are told apart


def rank_test(one: list[float], other: list[float]) -> float:
    """The chance that two samples of the same kind differ so much, two-sided, by the normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(place for place, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    z = (ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def seconds(client: httpx2.Client, path: str, form: dict[str, str]) -> float:
    """How long the answer to that form took."""
    began = time.perf_counter()
    client.post(path, data=form)
    return time.perf_counter() - began


def main(url: str, known: str, rounds: int) -> int:
    """Print both comparisons; 1 where one of them tells the names apart."""
    nobody = (f"nobody.{number}" for number in count(int(time.time())))
    told = 0
    for what, path, form in (
        ("a wrong password", "/sign-in/password", {"password": "wrong words here"}),
        ("a forgotten password", "/sign-in/forgot", {}),
    ):
        found: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * rounds):
            is_known = turn % 2 == 0
            with httpx2.Client(base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30) as client:
                client.post("/sign-in", data={"username": known if is_known else next(nobody)})
                found[is_known].append(seconds(client, path, form))
        chance = rank_test(found[True], found[False])
        medians = {which: 1000 * statistics.median(times) for which, times in found.items()}
        verdict = "told apart" if chance < CHANCE else "not told apart"
        print(f"{what}: known {medians[True]:.1f} ms, unknown {medians[False]:.1f} ms, p = {chance:.3f}: {verdict}")
        told |= chance < CHANCE
    return int(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100))
