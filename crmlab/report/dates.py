"""Dates: which way a column writes them, and the day that each one means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date as Date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.errors import DataError
from crmlab.report.columns import Texts, as_text, whole_floats
from crmlab.report.sources import Source

_CLOCK = r"[T ]+([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?( ?[AaPp]\.?[Mm]\.?)?"
_TIME = _CLOCK + r"( ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHAPES = [
    ("year-month-day", r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"),
    ("year-month-day", r"(?P<year>\d{4})(?P<sep>年)(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
    ("yyyymmdd", r"(?P<year>(19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(\.0)?"),
    ("numeric", r"(?P<first>\d{1,2})(?P<sep>[-/.])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})"),
    ("day month year", r"(?P<day>\d{1,2})[ -]?(?P<name>[A-Za-z]{3,9})\.?[ ,-]*(?P<year>\d{4}|\d{2})"),
    ("month day, year", r"(?P<name>[A-Za-z]{3,9})\.? +(?P<day>\d{1,2}),? +(?P<year>\d{4})"),
]

_EMPTY = "rows without a date are set aside and counted."


class Days:
    """A date column turned into days: ``values``, how it was read (``reading``), and a ``doubt`` if there is one."""

    def __init__(self, values: pa.Array, column: str, source: Source, date_format: str | None, day_first: bool) -> None:
        self.source, self.column = source, column
        self.reading, self.doubt = "stored as dates in the file", ""
        kind = values.type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            zone = kind.tz if pa.types.is_timestamp(kind) else None
            stored = pd.Series(values.cast(pa.timestamp("us", zone), safe=False).to_pandas())
            # the day on the clock of the file's own time zone
            self.values = stored.dt.tz_localize(None).dt.normalize()
            return
        if pa.types.is_floating(kind):
            values = whole_floats(values)
        self._texts = Texts(as_text(values, column, source), column, source)
        days = self._by_format(date_format) if date_format else self._by_shape(day_first)
        self.values = pd.Series(np.append(days, np.datetime64("NaT", "D"))[self._texts.where].astype("datetime64[us]"))

    def _by_format(self, date_format: str) -> np.ndarray:
        try:
            days = pd.to_datetime(pd.Series(self._texts.distinct.to_pandas()), format=date_format, errors="coerce")
        except (ValueError, TypeError) as problem:
            raise DataError(
                f"--date-format {date_format!r} cannot be used: {problem}. An example: %d/%m/%Y %H:%M"
            ) from None
        self.reading = f"by the format {date_format}"
        misfits = np.flatnonzero(days.isna())
        misfit = f"does not fit --date-format {date_format!r}"
        self._texts.refuse(misfits, misfit, self._other_year(date_format, misfits))
        return days.dt.tz_localize(None).dt.normalize().to_numpy().astype("datetime64[D]")

    def _other_year(self, date_format: str, misfits: np.ndarray) -> str:
        """Suggest the other sign for the year where that is all that is wrong; else say what there is to mend."""
        swap = {"%y": "%Y", "%Y": "%y"}
        other = re.sub("%[yY]", lambda found: swap[found[0]], date_format)
        texts = pd.Series([self._texts.distinct[int(i)].as_py() for i in misfits[:1000]], dtype="str")
        if other != date_format and pd.to_datetime(texts, format=other, errors="coerce").notna().all():
            whole = len(misfits) == len(self._texts.distinct)
            years = "four" if "%Y" in other else "two"
            option = f'"{other}"' if " " in other else other
            if not whole:
                return f"Some years have {years} digits; write all in one way."
            return f"Its year has {years} digits: use --date-format {option}"
        return f"Change the format, or mend or empty the cell: {_EMPTY}"

    def _by_shape(self, day_first: bool) -> np.ndarray:
        # a column with the time of day has many texts and few days
        coded = pc.replace_substring_regex(self._texts.distinct, _TIME, "").dictionary_encode()
        parts, self._part_of = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
        shapes = [_shape(p) for p in parts]
        bad = [i for i, shape in enumerate(shapes) if shape is None]
        self._texts.refuse(self._holding(bad), "is not a date that can be read", _cure(parts, bad))
        kinds = [(name, fields.get("sep", ""), len(fields["year"])) for name, fields in filter(None, shapes)]
        same = [[i for i, kind in enumerate(kinds) if kind == one] for one in dict.fromkeys(kinds)]
        self._refuse_mixed(same)
        fields = [shape[1] for shape in shapes if shape]
        if kinds and kinds[0][0] == "numeric":
            day_first = self._day_comes_first(fields, day_first)
        elif kinds:
            self.reading = kinds[0][0]
        days = [_day(f, day_first) for f in fields]
        bad = [i for i, day in enumerate(days) if day is None]
        cure = f"Mend the date, or empty the cell: {_EMPTY}"
        self._texts.refuse(self._holding(bad), "is not a day of the calendar", cure)
        return np.array(days, dtype="datetime64[D]")[self._part_of]

    def _day_comes_first(self, fields: list[dict[str, str]], day_first: bool) -> bool:
        """Let a number above 12 settle the order of day and month; say so when none does."""
        first = [i for i, f in enumerate(fields) if int(f["first"]) > 12]
        second = [i for i, f in enumerate(fields) if int(f["second"]) > 12]
        sep = fields[0]["sep"]
        dmy, mdy = f"day{sep}month{sep}year", f"month{sep}day{sep}year"
        self._refuse_mixed([parts for parts in (first, second) if parts])
        if second and day_first:
            place, text = self._texts.first(self._holding(second))
            raise DataError(
                f"{self.source.name}, {place}, column {self.column!r}: {text!r} cannot be {dmy}. "
                "Leave --day-first away."
            )
        if first or second:
            place, text = self._texts.first(self._holding(first or second))
            self.reading = f"{dmy if first else mdy}, settled by {place}: {text}"
            return bool(first)
        if day_first:
            self.reading = f"{dmy}, as asked by --day-first"
            return True
        day_first = sep == "."
        self.reading = f"{dmy if day_first else mdy}, assumed"
        place, text = self._texts.first(self._holding(range(len(fields))))
        cure = "--date-format %m.%d.%Y" if day_first else "--day-first"
        self.doubt = (
            f"No date settles the order of day and month; they were read as {self.reading} "
            f"({place}: {text} is {_day(fields[0], day_first)}). If that is wrong, use {cure} or another --date-format."
        )
        return day_first

    def _holding(self, parts: Iterable[int]) -> np.ndarray:
        """The texts whose date part is one of these."""
        return np.flatnonzero(np.isin(self._part_of, list(parts)))

    def _refuse_mixed(self, groups: list[list[int]]) -> None:
        if len(groups) > 1:
            (here, one), (there, two) = (self._texts.first(self._holding(parts)) for parts in groups[:2])
            raise DataError(
                f"{self.source.name}, column {self.column!r}: dates in mixed formats, {one!r} ({here}) and "
                f"{two!r} ({there}). Write all dates in one way, best as 2025-12-31."
            )


def _shape(part: str) -> tuple[str, dict[str, str]] | None:
    for name, pattern in _SHAPES:
        found = re.fullmatch(pattern, part, re.ASCII)
        if found and found.groupdict().get("name", "jan")[:3].lower() in _MONTHS:
            return name, found.groupdict()
    return None


def _day(fields: dict[str, str], day_first: bool) -> Date | None:
    if "first" in fields:
        day, month = (fields["first"], fields["second"])[:: 1 if day_first else -1]
    else:
        day = fields["day"]
        month = str(_MONTHS.index(fields["name"][:3].lower()) + 1) if "name" in fields else fields["month"]
    year = int(fields["year"])
    if len(fields["year"]) == 2:  # the usual turning point: 69 is 1969, 68 is 2068
        year += 1900 if year >= 69 else 2000
    try:
        return Date(year, int(month), int(day))
    except ValueError:
        return None


def _cure(parts: list[str], bad: list[int]) -> str:
    if not bad:
        return ""
    worst = parts[bad[0]]
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", worst):
        return "It looks like an Excel serial number: format the column as a date in Excel and export again."
    if re.fullmatch(r"\d{10}(\d{3})?(\.\d+)?", worst):
        return "It looks like seconds since 1970: turn the column into dates such as 2025-12-31 first."
    return f"State the format, e.g. --date-format %d/%m/%Y, or mend or empty the cell: {_EMPTY}"
