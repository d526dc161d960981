"""The house rules that every figure keeps, whatever it shows."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

from crmlab import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def keep_house():
    """A check of one figure: a function that draws, and takes ``ax``."""
    return _keep_house


def _keep_house(draw):
    ax = draw()
    assert ax.get_title(loc="left")
    assert ax.get_xlabel() or ax.get_xticklabels() or ax.texts
    assert len(plots.alt_text(ax)) > 40
    assert plots.alt_text(ax.figure) == plots.alt_text(ax)
    assert "nan" not in plots.alt_text(ax) + ax.get_title(loc="left")
    _nothing_sticks_out(ax)
    _no_label_lies_on_another(ax)
    _, (left, right) = plt.subplots(1, 2)
    assert draw(ax=right) is right
    assert not left.has_data()


def _nothing_sticks_out(ax):
    ax.figure.canvas.draw()
    page, drawn = ax.figure.bbox, ax.get_tightbbox()
    assert drawn.x0 >= page.x0 - 1 and drawn.x1 <= page.x1 + 1
    assert drawn.y0 >= page.y0 - 1 and drawn.y1 <= page.y1 + 1


def _no_label_lies_on_another(ax):
    page = ax.figure.bbox
    shown = [t for t in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()) if t.get_text() and t.get_visible()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in shown if t.get_window_extent().overlaps(page)]
    if ax.get_legend() is not None:
        boxes.append(("legend", ax.get_legend().get_window_extent()))
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            assert not a.overlaps(b), f"{one!r} lies on {other!r}"
