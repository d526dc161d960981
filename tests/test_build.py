"""The builder and the runner, on a small course of their own."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from crmlab.errors import CrmlabError, UnknownNameError
from crmlab.teach import build as builder
from crmlab.teach.run import run

ROOT = Path(__file__).parent.parent
SOURCE = """# %% [markdown]
# # A small chapter
#
# See [the next](02_more.ipynb) and [exercises](../exercises/01_small.ipynb).

# %%
import crmlab

print(crmlab.load("cdnow").transactions.shape)

# %%
import ipywidgets

ipywidgets.IntSlider()

# %%
ax = crmlab.plots.concentration(crmlab.summarize(crmlab.load("cdnow").transactions))
"""


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "Kurs Übung 客户"
    (root / "notebooks" / "src").mkdir(parents=True)
    (root / "exercises" / "src").mkdir(parents=True)
    (root / "notebooks" / "src" / "01_small.py").write_text(SOURCE, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("Kurs Übung 客户")
    (root / "notebooks" / "src").mkdir(parents=True)
    (root / "notebooks" / "src" / "01_small.py").write_text(SOURCE, encoding="utf-8")
    builder.build(root, tell=lambda _: None)
    return root


def test_a_built_notebook_has_outputs_and_nothing_of_the_run(built):
    notebook = nbformat.read(built / "notebooks" / "01_small.ipynb", as_version=4)
    assert "(6919, 4)" in notebook.cells[1].outputs[0].text
    assert notebook.cells[2].outputs == []  # a widget means nothing without its kernel
    picture = notebook.cells[3].outputs[0]
    assert picture.metadata["image/png"]["alt"] == picture.metadata["image/png"]["alt"].strip() != ""
    assert "top 20%" in picture.data["text/plain"]
    assert "widgets" not in notebook.metadata
    assert all("execution" not in c.metadata for c in notebook.cells)


def test_building_again_does_nothing_and_gives_the_same_ids(built):
    path = built / "notebooks" / "01_small.ipynb"
    before = path.read_bytes()
    assert builder.build(built, tell=lambda _: None) == []
    assert builder.out_of_date(built) == {}
    ids = [c.id for c in nbformat.read(path, as_version=4).cells]
    assert ids == [c.id for c in builder.convert(builder.plans(built)[0]).cells]
    assert path.read_bytes() == before


def test_the_check_sees_every_kind_of_drift(built, tmp_path):
    import shutil

    root = tmp_path / "copy"
    shutil.copytree(built, root)
    source, target = root / "notebooks" / "src" / "01_small.py", root / "notebooks" / "01_small.ipynb"
    good = target.read_text(encoding="utf-8")

    source.write_text(SOURCE + "\n# %%\n1 + 1\n", encoding="utf-8")
    assert "source changed" in builder.out_of_date(root)["notebooks/01_small"]
    source.write_text(SOURCE, encoding="utf-8")

    target.write_text(good.replace("A small chapter", "Edited by hand"), encoding="utf-8")
    assert "edited by hand" in builder.out_of_date(root)["notebooks/01_small"]

    content = json.loads(good)
    content["metadata"]["crmlab"]["inputs"].append("no_longer_there.py")
    target.write_text(json.dumps(content), encoding="utf-8")
    assert "package or the data" in builder.out_of_date(root)["notebooks/01_small"]

    target.write_text("{", encoding="utf-8")
    assert "damaged" in builder.out_of_date(root)["notebooks/01_small"]

    target.write_text(good, encoding="utf-8")
    (root / "notebooks" / "99_orphan.ipynb").write_text(good, encoding="utf-8")
    assert builder.out_of_date(root) == {"notebooks/99_orphan": "has no source"}


def test_line_endings_of_a_checkout_are_no_drift(built, tmp_path):
    import shutil

    root = tmp_path / "windows"
    shutil.copytree(built, root)
    source = root / "notebooks" / "src" / "01_small.py"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert builder.out_of_date(root) == {}


def test_a_failing_cell_is_named_and_the_old_notebook_stays(course):
    target = course / "notebooks" / "01_small.ipynb"
    target.write_text("what was there", encoding="utf-8")
    failing = "# %%\nx = 1\n\n# %%\nx / 0  # here\n"
    (course / "notebooks" / "src" / "01_small.py").write_text(failing, encoding="utf-8")
    with pytest.raises(
        builder.NotebookError, match=r"01_small\.py: cell 2 \('x / 0  # here'\) fails: ZeroDivisionError"
    ):
        builder.build(course, tell=lambda _: None)
    assert target.read_text(encoding="utf-8") == "what was there"


def test_names_choose_notebooks():
    names = [p.name for p in builder.plans(ROOT, ["03"])]
    assert names == ["notebooks/03_tiering", "exercises/03_tiering"]
    assert [p.name for p in builder.plans(ROOT, ["exercises/03"])] == ["exercises/03_tiering"]
    with pytest.raises(UnknownNameError, match="No notebook begins with '77'"):
        builder.plans(ROOT, ["77"])


def test_the_course_folder_is_found_from_below(course, monkeypatch):
    assert builder.find_root(course / "notebooks" / "src") == course.resolve()


def test_run_writes_pages_that_need_no_network(built, tmp_path):
    (result,) = run(built, out=tmp_path / "pages")
    assert result.problem == ""
    page = result.page.read_text(encoding="utf-8")
    assert "(6919, 4)" in page and "data:image/png;base64" in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "<script" not in page
    assert 'href="notebooks-02_more.html"' in page and 'href="exercises-01_small.html"' in page


def test_run_goes_on_after_a_failure(built, tmp_path, capsys):
    import shutil

    root = tmp_path / "two"
    shutil.copytree(built, root)
    good = root / "notebooks" / "01_small.ipynb"
    (root / "notebooks" / "src" / "00_bad.py").write_text("# %%\nboom\n", encoding="utf-8")
    bad = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("boom")])
    nbformat.write(bad, root / "notebooks" / "00_bad.ipynb")
    first, second = run(root, out=tmp_path / "pages")
    assert "cell 1 ('boom') fails: NameError" in first.problem
    assert second.problem == "" and good.exists()
    shown = capsys.readouterr().out
    assert "notebooks/00_bad" in shown and "FAILED" in shown


def test_run_needs_built_notebooks(course):
    with pytest.raises(CrmlabError, match="Not built yet: notebooks/01_small"):
        run(course)


def test_the_course_is_up_to_date():
    assert builder.out_of_date(ROOT) == {}


def test_every_notebook_keeps_the_house_rules():
    for plan in builder.plans(ROOT):
        notebook = nbformat.read(plan.target, as_version=4)
        code = [c for c in notebook.cells if c.cell_type == "code"]
        assert len(notebook.cells) <= 70, plan.name
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                picture = output.get("data", {}).get("image/png", "")
                assert len(picture) * 3 / 4 < 25_000, f"{plan.name}: a figure above 25 KB"
                if picture:
                    assert output.metadata["image/png"]["alt"], f"{plan.name}: a figure without text"
        for cell in code:
            assert max(map(len, cell.source.splitlines()), default=0) <= 100, cell.source
        widgets = [i for i, c in enumerate(notebook.cells) if "widgets." in c.source and c.cell_type == "code"]
        for i in widgets:
            assert "nbval-ignore-output" in notebook.cells[i].metadata["tags"], plan.name
