"""The package as a whole: names, laziness, examples, what its files must not say."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crmlab

ROOT = Path(__file__).parent.parent
MODULES = sorted(m.name for m in pkgutil.walk_packages(crmlab.__path__, "crmlab.") if not m.name.endswith("__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_every_public_name_can_be_reached():
    for name in crmlab.__all__:
        assert getattr(crmlab, name) is not None
    assert set(crmlab.__all__) <= set(dir(crmlab))


def test_a_name_that_does_not_exist_suggests_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'summarize'"):
        _ = crmlab.summarise


def test_import_loads_no_figures_widgets_or_models():
    code = "import crmlab, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "ipywidgets", "scipy", "sklearn", "pandas"} & set(done.stdout.split())


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_say_what_they_do(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in (n for n in vars(module) if not n.startswith("_")):
        thing = getattr(module, public)
        if callable(thing) and getattr(thing, "__module__", None) == name:
            assert thing.__doc__, f"{name}.{public} has no docstring"


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_package_index_or_a_path_of_some_machine():
    hosts, paths = r"(pypi|pythonhosted|npmjs|debian|anaconda)\.(org|net|com)", r"/home/\w+/|/Users/\w+/|C:\\Users\\"
    index_host = re.compile(f"{hosts}|{paths}")
    for path in tracked_files():
        if path.suffix in {".parquet", ".png"} or path == Path(__file__) or not path.is_file():
            continue
        found = index_host.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} says {found.group()!r}"


def test_the_repository_stays_light():
    files = [p for p in tracked_files() if p.is_file()]
    assert sum(p.stat().st_size for p in files if "datasets" in p.parts) < 15_000_000
    for path in files:
        if "datasets" not in path.parts:
            assert path.stat().st_size < 1_500_000, path
