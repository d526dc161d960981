"""What the exercise tests share: junk answers, and a way to open a set made for a test."""

from __future__ import annotations

import functools
import itertools
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import exercises
from crmlab.datasets import Dataset
from crmlab.exercises import Exercise

MANY = 10_000_000


class AlwaysEqual:
    """Claims to equal everything."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 1

    def __float__(self):
        return 0.5

    def __len__(self):
        return 400

    def __getattr__(self, name):
        if name.startswith("__"):  # else numpy cannot put it into an array
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self


class Panic(BaseException):
    """Not even an Exception."""


def panic(*args, **kwargs):
    raise Panic("you looked at me")


SPECIAL = (
    *("eq", "ne", "lt", "le", "gt", "ge", "hash", "repr", "str", "bytes", "format", "bool", "int", "float"),
    *(
        "complex",
        "index",
        "len",
        "iter",
        "next",
        "contains",
        "getitem",
        "getattribute",
        "call",
        "add",
        "radd",
    ),
    *("sub", "rsub", "mul", "rmul", "truediv", "abs", "round", "neg", "array", "instancecheck"),
)


def raising_class():
    """Return a class of which every special method raises, and those of its type too.

    It is made in a function because pytest looks into every module-level object.
    """
    methods = {f"__{name}__": panic for name in SPECIAL}
    return type.__call__(type("AllRaising", (type,), methods), "Raising", (), methods)


def raises_everywhere():
    """Return an object of such a class."""
    return object.__new__(raising_class())


def objects(make, count):
    """Return an array of objects without looking at them."""
    array = np.empty(count, dtype=object)
    for position in range(count):
        array[position] = make()
    return array


def booby_trapped(ids):
    """Return a Series that carries a method of its own in place of pandas' one."""
    series = pd.Series(1, index=ids)
    object.__setattr__(series, "to_numpy", panic)
    return series


def a_list_in_itself():
    """Return a list that contains itself."""
    endless: list = []
    endless.append(endless)
    return endless


def junk() -> dict[str, object]:
    """Return answers that no question wants, by name."""
    ids = [f"C{i:05d}" for i in range(1, 401)]
    return {
        "None": None,
        "dots": ...,
        "nothing": object(),
        "true": True,
        "numpy bool": np.bool_(False),
        "text": "0.42",
        "empty text": "",
        "long text": "5" * MANY,
        "bytes": b"0.42",
        "complex": 0.5j,
        "numpy complex": np.complex128(0.5),
        "nan": float("nan"),
        "inf": float("inf"),
        "-inf": -np.inf,
        "huge integer": 10**5000,
        "decimal nan": Decimal("sNaN"),
        "huge decimal": Decimal("1e999999999"),
        "huge fraction": Fraction(10**5000, 3),
        "NA": pd.NA,
        "NaT": pd.NaT,
        "timestamp": pd.Timestamp("2025-01-01"),
        "0-d date": np.array("2025-01-01", dtype="datetime64[D]"),
        "0-d hostile": np.array(AlwaysEqual(), dtype=object),
        "1-d array": np.array([0.5]),
        "masked": np.ma.masked,
        "empty list": [],
        "dict": dict.fromkeys(ids, 1),
        "list in itself": a_list_in_itself(),
        "long list": [0] * MANY,
        "always equal": AlwaysEqual(),
        "raises everywhere": raises_everywhere(),
        "a raising class": raising_class(),
        "generator": (i for i in itertools.count()),
        "infinite iterator": itertools.repeat(0),
        "function": panic,
        "method": [].append,
        "class": int,
        "module": np,
        "groupby": pd.DataFrame({"a": [1]}).groupby("a"),
        "index": pd.Index(ids),
        "empty series": pd.Series(dtype=float),
        "short series": pd.Series([1, 2, 3]),
        "nan series": pd.Series(np.nan, index=ids),
        "NA series": pd.Series(pd.NA, index=ids, dtype="Int64"),
        "bool series": pd.Series(True, index=ids),
        "date series": pd.Series(pd.Timestamp("2025-01-01"), index=ids),
        "interval series": pd.Series(pd.interval_range(0, 400), index=ids),
        "hostile series": pd.Series(objects(AlwaysEqual, 400), index=ids),
        "raising series": pd.Series(objects(raises_everywhere, 400), index=ids, dtype=object),
        "booby-trapped series": booby_trapped(ids),
        "hostile index": pd.Series(1, index=pd.Index(objects(AlwaysEqual, 400), dtype=object)),
        "two-level index": pd.Series(1, index=pd.MultiIndex.from_product([ids[:20], range(20)])),
        "doubled index": pd.Series(1, index=ids[:200] * 2),
        "many categories": pd.Series(pd.Categorical.from_codes([0] * 400, range(MANY // 10)), index=ids),
        "long series": pd.Series(np.zeros(MANY)),
        "long frame": pd.DataFrame({"customer_id": np.zeros(MANY), "value": np.zeros(MANY)}),
        "wide frame": pd.DataFrame(np.zeros((2, MANY // 10))),
        "empty frame": pd.DataFrame(),
        "frame of doubles": pd.DataFrame(np.zeros((400, 2)), columns=["customer_id", "customer_id"], index=ids),
        "series subclass": type("Mine", (pd.Series,), {})(1, index=ids),
    }


@pytest.fixture(scope="session")
def junk_answers() -> dict[str, object]:
    """Make the junk once: some of it is large."""
    return junk()


@pytest.fixture(scope="session")
def students_of():
    """Return a function that opens a set for fifty students, once for all tests."""

    @functools.cache
    def opened(name: str) -> list[Exercise]:
        return [crmlab.exercise(name, student=f"s{number}") for number in range(50)]

    return opened


@pytest.fixture
def open_set(monkeypatch):
    """Return a function that opens a set of the given question classes on a tiny table."""

    def opener(*questions, formative=True, make=None) -> Exercise:
        tables = {"scores": pd.DataFrame({"customer_id": ["a", "b", "c"], "score": [1.0, 2.0, 6.0]})}
        module = SimpleNamespace(
            TITLE="For a test",
            QUESTIONS=list(questions),
            FORMATIVE=formative,
            data=make or (lambda seed: Dataset("tiny", tables)),
        )
        monkeypatch.setattr(exercises, "find", lambda name: module)
        return Exercise("any", student="s1")

    return opener
