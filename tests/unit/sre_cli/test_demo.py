"""The demo flow on fakes, its words, its report."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sre_cli.adapters.demo_report import prepare_place, render_report
from sre_cli.adapters.service_metrics import read_metrics
from sre_cli.core.bottleneck import NOTHING_YET, Reading
from sre_cli.core.demo import DemoPlan, DemoReport, DemoResult
from sre_cli.core.demo_text import (
    answer_row,
    describe_answers,
    describe_bounds,
    describe_rate,
    seconds,
    shorten_hcl,
    to_json,
)
from sre_cli.core.pairs import Decision, Pair, PairAnswer
from sre_cli.core.trial import Trial
from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.flows.demo import Demo
from sre_cli.specs.load import LoadPlan, Shot
from tests.unit.sre_cli.load_samples import answered, queue

PLAN = DemoPlan(cores=2)


class FakeService:
    """Decides by file names; knows no hurry."""

    base_url = "http://127.0.0.1:1"

    def __init__(self, refusal: str | None = None):
        self.refusal = refusal

    def compare(self, pair: Pair) -> PairAnswer:
        if self.refusal:
            return PairAnswer(pair, 0.1, refusal=self.refusal)
        match = pair.a.stem[:3] == pair.b.stem[:3]
        return PairAnswer(pair, 0.1, Decision(0.9 if match else 0.1, match, 0.5, "fake 1", {"embed": 80.0}))

    def reading(self) -> Reading:
        return Reading({}, 0, 0, 0, 0, 0, 0, 0)


class FakeLoad:
    """One server of fixed capacity, without waiting for it."""

    def __init__(self, saturation_rps: float, capacity_rps: float):
        self.saturation_rps, self.capacity_rps = saturation_rps, capacity_rps
        self.rates: list[int] = []

    def run(self, plan: LoadPlan) -> Trial:
        if plan.arrivals == "closed":
            every = 1 / self.saturation_rps if self.saturation_rps else 1.0
            status = 200 if self.saturation_rps else 503
            shots = [answered(i * every, 0.01, status) for i in range(int(plan.duration_s / every))]
        else:
            self.rates.append(round(plan.rate_rps))
            shots = queue(plan.rate_rps, self.capacity_rps, plan.duration_s)
        return Trial(plan, shots, 0.5, 12.0, plan.duration_s)


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    from PIL import Image

    files = [tmp_path / name for name in ("ada<b>.jpg", "ada2.jpg", "bob&.png")]
    for file in files:
        Image.new("RGB", (200, 300), "teal").save(file)
    return [Pair(files[0], files[1], same=True), Pair(files[0], files[2], same=False)]


def run(pairs: list[Pair], load: FakeLoad, service: FakeService | None = None) -> DemoResult:
    flow = Demo(service or FakeService(), FakeService(), load)
    return flow.measure(flow.compare(pairs), PLAN)


def test_the_rate_is_the_highest_that_holds(pairs: list[Pair]) -> None:
    load = FakeLoad(saturation_rps=20, capacity_rps=20)
    result = run(pairs, load)
    assert load.rates == [14, 18, 21]
    assert result.best is not None
    assert result.best.summary.offered_rps == pytest.approx(18, abs=0.1)
    assert result.objections == []
    assert "holds 18.0 requests/s within p95 < 3 s" in describe_rate(result)
    assert "At 21.0 it does not: the backlog grows" in describe_rate(result)


def test_when_all_hold_a_higher_rate_is_tried(pairs: list[Pair]) -> None:
    load = FakeLoad(saturation_rps=20, capacity_rps=100)
    result = run(pairs, load)
    assert load.rates == [14, 18, 21, 26, 32]
    assert "the limit lies higher" in describe_rate(result)


def test_rates_that_all_leave_room_say_less_than_the_burst(pairs: list[Pair]) -> None:
    result = run(pairs, FakeLoad(saturation_rps=20, capacity_rps=100))
    quiet = [
        replace(trial, evidence=replace(trial.evidence, service_cores=1.4, other_cores=0.0))
        for trial in result.trials
    ]
    busy = replace(result.burst, service_cores=1.9, other_cores=0.0, stage_ratio={"embed": 1.0})
    assert replace(result, trials=quiet, burst=busy).limit.tier == "CPU, most of it for the stage 'embed'"
    assert replace(result, trials=quiet, burst=quiet[0].evidence).limit.tier == NOTHING_YET


def test_when_the_lowest_fails_a_lower_one_is_tried(pairs: list[Pair]) -> None:
    load = FakeLoad(saturation_rps=20, capacity_rps=12)
    result = run(pairs, load)
    assert load.rates == [14, 18, 21, 10]
    assert [round(trial.summary.offered_rps) for trial in result.trials] == [10, 14, 18, 21]
    assert result.best is result.trials[0]


def test_a_rate_above_one_that_failed_is_not_believed(pairs: list[Pair]) -> None:
    result = run(pairs, FakeLoad(20, 20))
    trials = [result.trials[2], *result.trials[:2]]
    assert replace(result, trials=trials).best is None


def test_no_rate_that_holds_is_a_verdict(pairs: list[Pair]) -> None:
    result = run(pairs, FakeLoad(saturation_rps=20, capacity_rps=3))
    assert result.objections == ["no rate tried holds p95 < 3 s"]
    assert describe_rate(result).startswith("No rate tried holds: at 6.0 requests/s")
    assert to_json(result)["rate"] is None


def test_a_wrong_answer_is_a_verdict(pairs: list[Pair]) -> None:
    liar = [replace(pairs[0], same=False), pairs[1]]
    assert run(liar, FakeLoad(20, 20)).objections == ["1 of 2 pairs answered wrongly"]


def test_a_service_that_refuses_every_pair_is_not_loaded(pairs: list[Pair]) -> None:
    load = FakeLoad(20, 20)
    with pytest.raises(Refused, match="no-face"):
        run(pairs, load, FakeService(refusal="no-face"))
    assert load.rates == []


def test_a_service_that_breaks_under_load_is_an_error(pairs: list[Pair]) -> None:
    with pytest.raises(EngineUnavailable, match=r"statuses \[503\]"):
        run(pairs, FakeLoad(0, 20))


def test_time_is_spent_as_promised() -> None:
    assert PLAN.burst_s + 3 * PLAN.trial_s == pytest.approx(PLAN.load_s)


def test_rows_and_lines(pairs: list[Pair]) -> None:
    flow = Demo(FakeService(), FakeService(), FakeLoad(1, 1))
    answers = flow.compare(pairs)
    assert answer_row(answers[1])[1:] == ("different", "0.100", "different", "right", "100 ms", "embed 80")
    assert describe_answers(answers) == (
        "2 of 2 pairs answered rightly: same person from 0.900, different up to 0.100"
    )
    refused = PairAnswer(pairs[0], 0.1, refusal="no-face")
    assert answer_row(refused)[3:5] == ("refused: no-face", "WRONG")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0831, "83 ms"), (1.234, "1.23 s"), (math.inf, "unanswered"), (0, "0 ms")]
)
def test_latencies_for_people(value: float, text: str) -> None:
    assert seconds(value) == text


def test_json_has_no_infinity(pairs: list[Pair]) -> None:
    text = json.dumps(to_json(run(pairs, FakeLoad(2, 2))), allow_nan=False)
    assert json.loads(text)["trials"][0]["p95_interval_s"][1] is None


def test_a_short_trial_says_what_it_cannot_know(pairs: list[Pair]) -> None:
    assert re.search(r"16 s and 280 requests a rate", describe_bounds(run(pairs, FakeLoad(20, 20))))


def test_only_long_heredocs_are_shortened() -> None:
    hcl = "a = <<EOF\nshort\nEOF\nb = <<EOF\nfirst\n" + "line\n" * 99 + "EOF\n"
    assert shorten_hcl(hcl) == (
        "a = <<EOF\nshort\nEOF\nb = <<EOF\nfirst\n... 99 more lines, in the report ...\nEOF\n"
    )


def test_the_report_escapes_what_it_is_given(pairs: list[Pair]) -> None:
    result = run(pairs, FakeLoad(20, 20))
    facts = {"processor": "<script>alert(1)</script>"}
    page = render_report(DemoReport(result, "job", 'x = "<b>&"', facts, "sre demo '<i>'", "now"))
    assert "<script" not in page
    assert "ada&lt;b&gt;.jpg" in page
    assert "bob&amp;.png" in page
    assert "x = &#34;&lt;b&gt;&amp;&#34;" in page
    assert "sre demo &#39;&lt;i&gt;&#39;" in page


def test_the_report_needs_nothing_else_and_takes_the_pages_colour(pairs: list[Pair]) -> None:
    page = render_report(DemoReport(run(pairs, FakeLoad(20, 20)), "job", "hcl", {}, "sre demo", "now"))
    assert page.count("<svg") == 1
    assert "currentColor" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_a_file_that_is_no_image_does_not_spoil_the_report(pairs: list[Pair]) -> None:
    """The service refuses it; the others were measured."""
    result = run(pairs, FakeLoad(20, 20))
    pairs[1].b.write_bytes(b"no image")
    page = render_report(DemoReport(result, "job", "hcl", {}, "sre demo", "now"))
    assert page.count('src="data:image/jpeg;base64,') == 3
    assert page.count('src="data:,"') == 1


def test_a_place_for_the_report_is_made_or_refused(tmp_path: Path) -> None:
    prepare_place(tmp_path / "new" / "demo.html")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "new" / "demo.html").write_text("the last one")
    prepare_place(tmp_path / "new" / "demo.html")
    assert (tmp_path / "new" / "demo.html").read_text() == "the last one"
    for path in (tmp_path, tmp_path / "new" / "demo.html" / "below.html"):
        with pytest.raises(UsageError, match="the report cannot go to"):
            prepare_place(path)


def test_an_unanswered_trial_can_be_drawn(pairs: list[Pair]) -> None:
    result = run(pairs, FakeLoad(20, 20))
    summary = replace(result.trials[-1].summary, p50_s=math.inf, p95_s=math.inf, p99_s=math.inf)
    lost = replace(result.trials[-1].trial, shots=[Shot(scheduled_s=i, sent_s=i) for i in range(10)])
    worst = replace(result.trials[-1], summary=summary, trial=lost)
    result = replace(result, trials=[*result.trials[:2], worst])
    assert "unanswered" in render_report(DemoReport(result, "job", "hcl", {}, "sre demo", "now"))


def test_metrics_of_one_check_are_summed_over_their_other_labels() -> None:
    text = """# TYPE ekyc_stage_duration_seconds histogram
ekyc_stage_duration_seconds_sum{check="face-match",stage="embed"} 2.5
ekyc_stage_duration_seconds_sum{check="ocr",stage="embed"} 1.5
# TYPE ekyc_worker_busy_seconds counter
ekyc_worker_busy_seconds_total{check="face-match"} 4
# TYPE ekyc_workers gauge
ekyc_workers{check="face-match"} 2
ekyc_workers{check="ocr"} 1
"""
    reading = read_metrics(text, "face-match", cpu_s=9)
    assert (reading.stage_s, reading.worker_busy_s, reading.cpu_s) == ({"embed": 2.5}, 4.0, 9)
    assert reading.workers == 2
    assert reading.loop_lags == 0
