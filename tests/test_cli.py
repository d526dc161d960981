import subprocess
import sys

import pytest

import crmlab
from crmlab.cli import main
from crmlab.teach import build as builder


def call(*args):
    """Run the command line in this process; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code or 0


def test_help_and_version(capsys):
    assert call("--help") == 0
    shown = capsys.readouterr().out
    for command in ("data", "report", "build", "run"):
        assert command in shown
    assert call("--version") == 0
    assert capsys.readouterr().out.strip() == crmlab.__version__


def test_data_lists_and_describes(capsys):
    assert call("data") == 0
    assert "online_retail" in capsys.readouterr().out
    assert call("data", "cdnow") == 0
    assert capsys.readouterr().out.startswith("# CDNOW")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("data", "retial"), "Did you mean 'retail'?"),
        (("report", "none.csv"), "none.csv"),
        (("run", "77"), "No notebook begins with '77'"),
        (("build", "--check", "77"), "No notebook begins with '77'"),
    ],
)
def test_what_a_person_can_mend_is_one_line_and_exit_code_2(args, says, capsys):
    assert call(*args) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.startswith("crmlab: ")
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) <= 2


def test_build_check_is_quiet_when_all_is_well(capsys):
    assert call("build", "--check") == 0
    assert "match their sources" in capsys.readouterr().out


def test_as_a_module_from_another_folder(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "crmlab", "data"], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0 and "retail" in done.stdout


def test_help_speaks_of_crmlab_and_of_arithmetic(capsys):
    assert call("report", "--help") == 0
    shown = capsys.readouterr().out
    assert "crmlab report" in shown and "python -m" not in shown
    assert "sum such as" not in shown


def test_a_chapter_may_be_named_without_its_zero():
    root = builder.find_root()
    assert builder.plans(root, ["3"]) == builder.plans(root, ["03"]) != []
    assert builder.plans(root, ["exercises/3"]) == builder.plans(root, ["exercises/03"])
    assert [p.name for p in builder.plans(root, ["0"])] == ["notebooks/00_start_here"]
