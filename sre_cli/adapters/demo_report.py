"""The demo's report: one HTML file that needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from sre_cli.adapters.trial_plot import draw_trials
from sre_cli.core import demo_text as text
from sre_cli.core.demo import DemoReport
from sre_cli.errors import UsageError

TEMPLATE = Path(__file__).with_suffix(".html.j2")
THUMBNAIL_PX = 72


def render_report(report: DemoReport) -> str:
    """The page; every text in it is escaped, whatever file names and labels hold."""
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters["seconds"] = text.seconds
    result = report.result
    files = {file for answer in result.answers for file in (answer.pair.a, answer.pair.b)}
    return jinja.from_string(TEMPLATE.read_text()).render(
        report=report,
        result=result,
        plot=draw_trials(result.trials, result.saturation_rps, result.target),
        thumbnails={file: _thumbnail(file) for file in files},
        stages=sorted(result.evidence.stage_ratio.items(), key=lambda item: -item[1]),
        answers_line=text.describe_answers(result.answers),
        rate_line=text.describe_rate(result),
        bounds_line=text.describe_bounds(result),
    )


def prepare_place(path: Path) -> None:
    """Make the folders of `path`. Raises UsageError: when no file can be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("a"):
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise UsageError(
            f"the report cannot go to {path}: {error.strerror}", hint="another --report"
        ) from None


def write_report(report: DemoReport, path: Path) -> None:
    """Render into `path`."""
    path.write_text(render_report(report))


def _thumbnail(file: Path) -> str:
    """A small JPEG as a data URI; an empty one of a file that is no image, as the service will have said."""
    from PIL import Image, ImageOps

    out = BytesIO()
    try:
        with Image.open(file) as image:
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail((2 * THUMBNAIL_PX, 2 * THUMBNAIL_PX))
            small.save(out, "JPEG", quality=80)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "data:,"
    return "data:image/jpeg;base64," + b64encode(out.getvalue()).decode()
