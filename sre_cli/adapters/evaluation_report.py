"""An evaluation's report: `report.json` for the gate, `report.html` for people."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, StrictUndefined

from sre_cli.adapters.evaluation_plot import draw_evaluation
from sre_cli.specs.evaluation import Item, Report

TEMPLATE = Path(__file__).with_suffix(".html.j2")
JSON, HTML = "report.json", "report.html"


def write_report(report: Report, folder: Path) -> Path:
    """Write both files into `folder`, whole or not at all; returns the path of the JSON."""
    with TemporaryDirectory(prefix=".report.", dir=folder) as scratch:
        drafts = {JSON: report.model_dump_json(indent=1), HTML: render_report(report)}
        for name, text in drafts.items():
            (Path(scratch) / name).write_text(text)
        for name in drafts:
            os.replace(Path(scratch) / name, folder / name)
    return folder / JSON


def render_report(report: Report) -> str:
    """The page; every text in it is escaped, whatever file names and labels hold."""
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    wrong = [(item, mistakes) for item in report.items if (mistakes := _mistakes(item))]
    return jinja.from_string(TEMPLATE.read_text()).render(
        report=report, plot=draw_evaluation(report), wrong=wrong
    )


def _mistakes(item: Item) -> str:
    told = [f"{name} {one.events} of {one.total}" for name, one in item.counts.items() if one.events]
    return "; ".join([*told, *item.notes])
