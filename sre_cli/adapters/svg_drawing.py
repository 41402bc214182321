"""Matplotlib's figures as SVG that takes the colour of the page's text."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's text colour, which Matplotlib cannot name."""
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: smaller, and found by the browser's search
    "svg.hashsalt": "sre",
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "font.size": 10, "font.family": "sans-serif", "axes.titlesize": 11, "axes.titlelocation": "left",
}  # fmt: skip


def draw(paint: Callable[[Figure], None], size_in: tuple[float, float] = (10.5, 4.8)) -> str:
    """What `paint` puts on a figure, to be put into a page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size_in, layout="constrained")
        paint(figure)
        out = StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue())


def _inline(svg: str) -> str:
    """Without the XML head, and with the page's own text colour and width."""
    body = svg[svg.index("<svg") :].replace(INK, "currentColor")
    return re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'role="img"', body, count=1)
