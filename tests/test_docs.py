"""The site: it builds without a warning, has every notebook and every public name, and loads nothing from a network."""

import base64
import importlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import crmlab

pytest.importorskip("sphinx", reason="the packages of the site are not installed: the extra [docs]")
pytest.importorskip("furo", reason="the packages of the site are not installed: the extra [docs]")

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NOTEBOOKS = sorted(
    p.relative_to(ROOT) for folder in ("notebooks", "exercises") for p in (ROOT / folder).glob("*.ipynb")
)
LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "embed": "src",
}


class Page(HTMLParser):
    """What a page loads, where it links to, its ids, and its pictures."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.ids, self.pictures, self.code = [], [], set(), [], ""
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self._inside = tag
        self.ids.add(attrs.get("id"))
        if LOADS.get(tag) in attrs:
            self.loads.append(attrs[LOADS[tag]])
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        if tag == "img":
            self.pictures.append(attrs)

    def handle_data(self, data):
        if self._inside in ("script", "style"):
            self.code += data

    def handle_endtag(self, tag):
        self._inside = ""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(place / "trees")]
    done = subprocess.run(
        [*command, "docs", str(place / "html")], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return place / "html"


@pytest.fixture(scope="module")
def pages(site):
    return {p.relative_to(site).as_posix(): Page(p) for p in site.rglob("*.html")}


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "ext"))
    return importlib.import_module


def test_pages_exist(pages):
    written = {p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.glob("*.md")}
    assert {"index.html", "start.html", "realism.html", "instructors.html", "analysts.html"} <= written <= set(pages)
    assert {f"data/{name}.html" for name in crmlab.list_datasets()["name"]} <= set(pages)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_every_notebook_is_there_with_its_outputs(notebook, pages, site):
    page = pages[notebook.with_suffix(".html").as_posix()]
    cells = json.loads((ROOT / notebook).read_text(encoding="utf-8"))["cells"]
    outputs = [o for cell in cells for o in cell.get("outputs", [])]
    stored = {base64.b64decode(o["data"]["image/png"]) for o in outputs if "image/png" in o.get("data", {})}
    shown = {(site / notebook.parent / picture["src"]).read_bytes() for picture in page.pictures}
    assert shown == stored
    assert all(len(picture["alt"]) > 40 for picture in page.pictures), "a figure without a text alternative"


def test_nothing_is_loaded_from_a_network(pages, site):
    for name, page in pages.items():
        remote = [target for target in page.loads if urlsplit(target).scheme not in ("", "data")]
        assert not remote, f"{name} loads {remote}"
        assert not any(target.startswith("//") for target in page.loads), name
        assert "://" not in page.code, f"{name}: a script or style in the page names an address"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*['\"]?\s*(https?:)?//", text), sheet.name


def test_every_link_leads_somewhere(pages, site):
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            assert target.is_file(), f"{name} links to {link}"
            key = target.resolve().relative_to(site.resolve()).as_posix()
            if parts.fragment and key in pages:
                assert unquote(parts.fragment) in pages[key].ids, f"{name} links to {link}"


def test_every_public_name_is_in_the_reference(pages):
    shown = set().union(*(page.ids for name, page in pages.items() if name.startswith("api/")))
    described = {identity(name) for name in shown if name and name.startswith("crmlab.")}
    for room in ["crmlab", *(f"crmlab.{name}" for name in crmlab._ROOMS)]:
        module = importlib.import_module(room)
        for name in getattr(module, "__all__", []):
            assert f"{room}.{name}" in shown or identity(f"{room}.{name}") in described, f"{room}.{name}"
    assert "crmlab.load" in shown and "crmlab.TierPolicy.table" in shown


def identity(name):
    """Return what tells the thing behind a dotted name apart from all others; None where there is nothing callable."""
    module, _, attribute = name.rpartition(".")
    try:
        thing = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        return None
    return id(thing) if callable(thing) else None


def test_no_solution_is_on_the_site(pages, site):
    for name, page in pages.items():
        assert not any((i or "").startswith("crmlab.exercises.q") for i in page.ids), f"{name} describes questions"
        # what a student gets has no marks of the source with solutions
        if name.startswith("exercises/"):
            assert "# solution" not in (site / name).read_text(encoding="utf-8"), name


def test_the_realism_page_was_run(pages, site):
    page = pages["realism.html"]
    assert len(page.pictures) >= 8 and all(len(picture["alt"]) > 40 for picture in page.pictures)
    assert any("Targets of realism" in picture["alt"] for picture in page.pictures)
    text = (site / "realism.html").read_text(encoding="utf-8")
    assert text.count("crmlab-table") >= 5 and "Traceback" not in text


def test_formulas_become_mathml_without_a_script(extensions):
    mathml = extensions("mathml")
    from docutils import nodes

    made = mathml.markup(nodes.math("", r"\frac{r}{\alpha} < 1"), as_block=False)
    assert made.startswith("<math") and "<mfrac>" in made
    # what cannot be converted is warned of, which the build treats as an error, and is shown safely
    assert mathml.markup(nodes.math("", r"\nosuch < 1"), as_block=True) == r"<code>\nosuch &lt; 1</code>"


def test_links_of_the_readme_are_pointed_to_the_site(extensions):
    assemble = extensions("assemble")
    text = "[a](CHANGELOG.md) [b](notebooks/x.ipynb) [c](LICENSE) [d](https://e.org) ![e](docs/img/lab.png)"
    assert (
        assemble.localised(text) == "[a](/changelog.md) [b](/notebooks/x.ipynb) c [d](https://e.org) ![e](/img/lab.png)"
    )
    parts = assemble.sections("# T\nhello\n## Your own data\ntext\n## Help\nmore\n")
    assert parts == {"introduction": "hello\n", "your_own_data": "text\n", "help": "more\n"}
