"""crmlab: customer tiering, from a first table to a tested decision.

>>> import crmlab
>>> data = crmlab.load("retail")
>>> customers = crmlab.summarize(data.transactions)

Names are loaded when they are first used, so ``import crmlab`` costs about as much
as ``import pandas``; figures and widgets cost nothing until you draw one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# public name -> the room it lives in
_HOME = {
    "load": "crmlab.datasets",
    "list_datasets": "crmlab.datasets",
    "describe": "crmlab.datasets",
    "summarize": "crmlab.summary.summarizing",
    "keep": "crmlab.summary.storage",
    "open": "crmlab.summary.storage",
    "rfm_scores": "crmlab.tiering.rfm",
    "rfm_segments": "crmlab.tiering.rfm",
    "abc_classes": "crmlab.tiering.abc",
    "TierPolicy": "crmlab.tiering.policy",
    "BetaGeoModel": "crmlab.valuation.purchases",
    "table": "crmlab.plots.tables",
    "exercise": "crmlab.exercises",
    "CrmlabError": "crmlab.errors",
}
_ROOMS = (
    "foundations",
    "plots",
    "widgets",
    "tiering",
    "valuation",
    "simulate",
    "datasets",
    "schema",
    "summary",
    "teach",
    "report",
)

__all__ = sorted([*_HOME, "__version__"])

if TYPE_CHECKING:
    from crmlab.datasets import describe as describe
    from crmlab.datasets import list_datasets as list_datasets
    from crmlab.datasets import load as load
    from crmlab.errors import CrmlabError as CrmlabError
    from crmlab.exercises import exercise as exercise
    from crmlab.plots.tables import table as table
    from crmlab.summary.storage import keep as keep
    from crmlab.summary.storage import open as open
    from crmlab.summary.summarizing import summarize as summarize
    from crmlab.tiering.abc import abc_classes as abc_classes
    from crmlab.tiering.policy import TierPolicy as TierPolicy
    from crmlab.tiering.rfm import rfm_scores as rfm_scores
    from crmlab.tiering.rfm import rfm_segments as rfm_segments
    from crmlab.valuation.purchases import BetaGeoModel as BetaGeoModel


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return importlib.import_module(f"crmlab.{name}")
    from crmlab.errors import nearest

    raise AttributeError(f"crmlab has no {name!r}.{nearest(name, [*_HOME, *_ROOMS])}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_ROOMS})
