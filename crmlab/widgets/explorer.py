"""The frame that every explorer shares: controls, a picture that follows them, and a sentence that says it in words."""

from __future__ import annotations

import io
from collections.abc import Callable

import ipywidgets
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crmlab.errors import CrmlabError

SIZE, DPI = (7.0, 3.8), 100


def explorer(
    controls: list[ipywidgets.Widget], draw: Callable[[Axes], str], size: tuple[float, float] = SIZE
) -> ipywidgets.VBox:
    """Put controls, picture and sentence together, and redraw whenever a control moves.

    Parameters
    ----------
    controls : list of ipywidgets.Widget
        Widgets with a ``value``.
    draw : callable
        Draws on the Axes it gets and returns the sentence (HTML). A :class:`crmlab.errors.CrmlabError` it raises
        becomes the sentence, and the last good picture stays.
    size : tuple of float
        Of the picture, in inches at 100 dots an inch.

    Returns
    -------
    ipywidgets.VBox
        The box of controls, the picture (a plain image: sharp, quick, free of flicker), the sentence.
    """
    # at its own size, so that it stays sharp; smaller only where the window is
    image = ipywidgets.Image(format="png", layout={"width": f"{size[0] * DPI:.0f}px", "max_width": "100%"})
    sentence = ipywidgets.HTML()

    def refresh(_: object = None) -> None:
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        try:
            words = draw(figure.add_subplot())
        except CrmlabError as problem:
            # the last good picture stays; the sentence says why it does not follow
            sentence.value = f"<b>Not possible:</b> {problem}"
            return
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        image.value, sentence.value = picture.getvalue(), words

    for control in controls:
        control.observe(refresh, names="value")
    refresh()
    return ipywidgets.VBox([ipywidgets.VBox(controls), image, sentence])
