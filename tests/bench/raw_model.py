"""The model alone, in a process on one CPU: for each line with a number of seconds on its standard input, it
compares for that long and prints how many pairs it did."""

from __future__ import annotations

import itertools
import sys
from time import perf_counter

from services import models
from services.core.images import Limits
from tests.bench.pairs import photographs


def main() -> None:
    """`python -m tests.bench.raw_model MEGAPIXELS`."""
    model = models.find("face-match").load(1, Limits())
    model.warm_up()
    pairs = itertools.cycle(photographs(float(sys.argv[1])))
    print("ready", flush=True)
    for line in sys.stdin:
        done, until_s = 0, perf_counter() + float(line)
        while perf_counter() < until_s:
            model.predict([next(pairs)])
            done += 1
        print(done, flush=True)


if __name__ == "__main__":
    main()
