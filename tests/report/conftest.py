from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmlab.errors import CrmlabError
from crmlab.report import Reading, read_transactions, write_report

COLUMNS = {"customer": "who", "date": "day", "amount": "total"}
HEADER = "who,day,total\n"
GOOD = HEADER + "A,2025-01-01,10\nB,2025-01-02,20\nA,2025-01-05,5\n"


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a file and return its path; text is written as it stands, without new line ends."""

    def write(content: str | bytes = GOOD, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def read() -> Callable[..., Reading]:
    return lambda path, **options: read_transactions(path, **{**COLUMNS, **options})


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Ask for a report that cannot be made; return the message and make sure that nothing was written."""

    def ask(path: Path | str, **options: Any) -> str:
        options = {**COLUMNS, "out": tmp_path / "page.html", **options}
        before = sorted(p.name for p in tmp_path.iterdir())
        with pytest.raises(CrmlabError) as caught:
            write_report(path, **options)
        message = str(caught.value)
        assert sorted(p.name for p in tmp_path.iterdir()) == before
        assert message.count("\n") <= 1
        assert len(message) <= 400
        assert not caught.value.__cause__  # no traceback of a library below
        return message

    return ask
