"""Figures as text that stands inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

# fallbacks for names that the house font cannot write; only those installed are used
CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", "Arial Unicode MS")


def picture(draw: Callable[..., Any], height: float = 3.8) -> dict[str, str]:
    """Draw on a canvas of our own and return the picture as text, with its text alternative.

    Parameters
    ----------
    draw : callable
        A function of :mod:`crmlab.plots`, its data given, that takes ``ax``.
    height : float
        Height in inches.

    Returns
    -------
    dict
        ``png`` in base 64, and ``alt``.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import get_font_names

    from crmlab import plots

    fonts = ["DejaVu Sans", *(f for f in CJK_FONTS if f in get_font_names())]
    with matplotlib.rc_context({"font.family": fonts}):
        figure = Figure(figsize=(6.4, height), layout="constrained")
        FigureCanvasAgg(figure)
        ax = draw(ax=figure.subplots())
        stored = io.BytesIO()
        # without the version of matplotlib inside, the same input gives the same bytes
        figure.savefig(stored, format="png", dpi=110, metadata={"Software": None})
    return {"png": base64.b64encode(stored.getvalue()).decode("ascii"), "alt": plots.alt_text(ax)}
