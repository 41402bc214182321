"""How much of the model's own throughput is left when it is served, and what serving adds to one request.

    python -m tests.bench.serving                      # workers on all CPUs, which everything else shares
    python -m tests.bench.serving --workers 1 --apart  # as in production: workers' CPUs are their own

In one run, round by round so that a busy moment of the machine hits all alike: the model alone on N CPUs; the
same pairs through API, RabbitMQ and N workers; and, where `--peers` names a Python that has them, through
LitServe and BentoML, which queue in memory. Then what a request takes at nine tenths of that load, and what
is left of one when the model answers at once.

What limits it: of a worker's CPU nine tenths are the model, most of that SFace's multiplications, then the
entropy coding of JPEG; the rest is the final row in the database, the images fetched and deleted, the reply.
On CPUs that all share, the engines and the API take a quarter as much again. Numbers: README.md beside this.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from tests.bench import stacks
from tests.bench.cpu_time import spent_s
from tests.bench.load import Sample, Target
from tests.bench.own_engines import engines
from tests.bench.pairs import Images, photographs
from tests.engines import Engines

RAW, OURS = "model alone", "API, RabbitMQ, worker"
IN_FLIGHT_A_WORKER = 8
BUSY_RATIO = 0.9
ALONE_REQUESTS_S = 8.0

Rates = dict[str, list[float]]
"""Pairs a second by what served them, a value a round."""
Costs = dict[str, Counter[str]]
"""CPU seconds of all rounds, by what served and by kind of process."""


def main() -> None:
    """Measure and print."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # or the engines would stay
    words = _parse()
    cpus = sorted(os.sched_getaffinity(0))
    workers, others = cpus[: words.workers or len(cpus)], cpus[words.workers or len(cpus) :]
    if words.apart:
        os.sched_setaffinity(0, others)  # engines, API and this client; workers are told otherwise
    pairs = photographs(words.megapixels)
    with engines() as real, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(words, real, workers, pairs))


async def _measure(
    words: argparse.Namespace, real: Engines, cpus: Sequence[int], pairs: Sequence[Images]
) -> None:
    place = "apart" if words.apart else "on CPUs that all share"
    spells = f"{words.rounds} rounds of {words.seconds:g} s"
    size = f"{words.megapixels:g} megapixels" if words.megapixels else "photographs as they are"
    print(f"{len(cpus)} workers, {place}; {spells}; {size}; load {os.getloadavg()[0]:.1f}")
    async with AsyncExitStack() as stack:
        raw = await stack.enter_async_context(stacks.RawModel(cpus, words.megapixels))
        ours = await stack.enter_async_context(stacks.own_service(real, cpus, pairs))
        served = {OURS: ours} | await _peers(stack, words, cpus, pairs)
        rates, costs = await _rounds(words, raw, served, IN_FLIGHT_A_WORKER * len(cpus))
        _print_rates(rates)
        for name in (RAW, OURS):
            _print_cpu(name, costs[name], sum(rates[name]) * words.seconds)
        busy = await ours.offer(BUSY_RATIO * statistics.median(rates[OURS]), 2 * words.seconds)
        _print_latency(f"at {BUSY_RATIO:.0%} of that load", busy)
    async with stacks.instant_service(real, pairs) as target:
        _print_latency("instant model, all engines", await _alone(target))
    async with stacks.instant_embedded(pairs) as target:
        _print_latency("instant model, API alone", await _alone(target))


async def _peers(
    stack: AsyncExitStack, words: argparse.Namespace, cpus: Sequence[int], pairs: Sequence[Images]
) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for name in stacks.PEERS:
        target = words.peers and await stack.enter_async_context(stacks.peer(words.peers, name, cpus, pairs))
        if target:
            found[name] = target
        else:
            print(f"{name}: skipped, {'not installed there' if words.peers else 'no --peers given'}")
    return found


async def _rounds(
    words: argparse.Namespace, raw: stacks.RawModel, served: dict[str, Target], in_flight: int
) -> tuple[Rates, Costs]:
    rates: Rates = {name: [] for name in (RAW, *served)}
    costs: Costs = {name: Counter() for name in rates}
    for target in served.values():
        await target.saturate(in_flight, 2)
    for _ in range(words.rounds):
        with spent_s() as cpu_s:
            rates[RAW].append(await raw.rps(words.seconds))
        costs[RAW].update(cpu_s)
        for name, target in served.items():
            with spent_s() as cpu_s:
                sample = await target.saturate(in_flight, words.seconds)
            rates[name].append(sample.rps)
            costs[name].update(cpu_s)
            if sample.others:
                print(f"{name}: other answers {sorted(set(sample.others))}")
    return rates, costs


async def _alone(target: Target) -> Sample:
    await target.saturate(1, 2)
    return await target.saturate(1, ALONE_REQUESTS_S)


def _print_rates(rates: Rates) -> None:
    for name, values in rates.items():
        ratio = statistics.median(one / of for one, of in zip(values, rates[RAW], strict=True))
        print(f"{name:<28}{statistics.median(values):7.1f} pairs/s{ratio:8.2f} of the model alone")


def _print_cpu(name: str, cpu_s: Counter[str], pairs: float) -> None:
    each = ", ".join(
        f"{kind} {s / pairs * 1000:.1f}" for kind, s in cpu_s.most_common() if s / pairs > 0.0005
    )
    print(f"{name:<28}CPU ms a pair: {each}")


def _print_latency(name: str, sample: Sample) -> None:
    wrong = f", {len(sample.others)} not answered 200" if sample.others else ""
    print(f"{name:<28}{sample.latency_ms(50):7.1f} ms median{sample.latency_ms(95):8.1f} ms p95{wrong}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.serving")
    parser.add_argument("--workers", type=int, default=0, help="CPUs that have one; all by default")
    parser.add_argument("--apart", action="store_true", help="everything else stays off those CPUs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each spell of a round")
    parser.add_argument("--megapixels", type=float, default=0, help="enlarge the photographs to so many")
    parser.add_argument(
        "--peers", type=Path, help="a Python with `services`' dependencies, litserve, bentoml"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
