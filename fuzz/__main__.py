"""`make fuzz`: many seeded mutations, each contained; then coverage-guided fuzzing where atheris is installed.

FUZZ_SEED chooses the mutations, FUZZ_CASES their number, FUZZ_SECONDS the time of the second part.
"""

import importlib.util
import os
import subprocess
import sys
import time
from collections import Counter

from fuzz.mutate import mutated, outcome, save, seeds
from registry.limits import CPU_SECONDS
from trials.contained import ContainedReader

SEED = os.environ.get("FUZZ_SEED", "1")
CASES = int(os.environ.get("FUZZ_CASES", "10000"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))


def main() -> int:
    """Run both parts; return the number of cases that failed."""
    failures = _run_mutations()
    if importlib.util.find_spec("atheris") is None:
        print("SKIPPED: coverage-guided fuzzing; atheris has no wheel for this Python.")
        return failures
    guided = [sys.executable, "-m", "fuzz.guided", f"-max_total_time={SECONDS}", "-timeout=60", "-rss_limit_mb=2048"]
    return failures + (subprocess.run(guided, check=False).returncode != 0)


def _run_mutations() -> int:
    pages, counts, slowest, failures = seeds(), Counter[str](), (0.0, ""), 0
    print(f"{CASES:,} mutations of {len(pages)} pages, FUZZ_SEED={SEED}", flush=True)
    with ContainedReader() as reader:
        for number in range(CASES):
            name = f"{SEED}-{number}"
            body = mutated(pages, name)
            start = time.perf_counter()
            try:
                result = outcome(body, reader.read)
            except Exception as error:  # whatever it is, it is what is looked for
                print(f"FAILED {save(body, name)}: {type(error).__name__}: {error}")
                failures += 1
                continue
            took = time.perf_counter() - start
            slowest = max(slowest, (took, name))
            counts[result] += 1
            if result == "too_costly" or took > CPU_SECONDS:
                print(f"FAILED {save(body, name)}: {result} after {took:.1f} s")
                failures += 1
    for result, count in counts.most_common():
        print(f"{count:7,} {result}")
    print(f"{failures:7,} failed; the slowest case, {slowest[1]}, took {slowest[0]:.2f} s")
    return failures


if __name__ == "__main__":
    sys.exit(main() > 0)
