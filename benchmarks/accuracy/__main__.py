"""Writes the corpus: `python -m benchmarks.accuracy --write DIR`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy import corpus


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="DIR", help="only write the corpus there, with labels.json")
    parser.add_argument("--seed", type=int, default=corpus.SEED, help="another seed draws other values")
    options = parser.parse_args(arguments)
    samples = corpus.corpus(options.seed)
    corpus.write(samples, options.write)
    print(", ".join(f"{count:,} {part}" for part, count in Counter(sample.part for sample in samples).items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
