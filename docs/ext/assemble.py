"""Put together the pages that are written elsewhere: notebooks, data cards, parts of the README, and the API.

They are copied into folders of the same names under ``docs/``, so that links between them hold, before Sphinx looks
for its sources. A new notebook, data set or room of the package thus appears by itself.
"""

import re
import shutil
from pathlib import Path

from rooms import pages

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
# file in the repository -> page of the site
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "README.md": "index.md"}
MADE = ("notebooks", "exercises", "data", "api", "pieces")


def sources():
    """Return all that is put together: path under ``docs/`` to bytes."""
    made = {}
    for folder in ("notebooks", "exercises"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            made[f"{folder}/{path.name}"] = path.read_bytes()
    for card in sorted((ROOT / "datasets").glob("*/README.md")):
        made[f"data/{card.parent.name}.md"] = card.read_bytes()
    for heading, text in sections((ROOT / "README.md").read_text(encoding="utf-8")).items():
        made[f"pieces/{heading}.md"] = localised(text).encode()
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        made[f"pieces/{name.lower()}"] = localised((ROOT / name).read_text(encoding="utf-8")).encode()
    for name, text in pages().items():
        made[f"api/{name}.rst"] = text.encode()
    return made


def sections(text):
    """Split a page at its second-level headings: heading, in lower case with underscores, to the text below it.

    What stands between the title and the first of them is the ``introduction``.
    """
    first, *parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    below = {h.lower().replace(" ", "_"): body for h, body in zip(parts[::2], parts[1::2], strict=True)}
    return {"introduction": first.partition("\n")[2], **below}


def localised(text):
    """Point links to where their target is on the site; one to a file that has no page there becomes its text."""

    def link(found):
        words, target = found.groups()
        if target in PAGES:
            return f"[{words}](/{PAGES[target]})"
        if target.startswith(("http", "#", "mailto:")):
            return found.group()
        return f"[{words}](/{target})" if target.endswith(".ipynb") else words

    text = re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, text)
    return re.sub(r"(!\[[^\]]*\]\()docs/", r"\1/", text)


def write(made):
    """Bring the folders under ``docs/`` up to date, touching only what has changed."""
    for folder in MADE:
        for path in (DOCS / folder).glob("*"):
            if path.relative_to(DOCS).as_posix() not in made:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, content in made.items():
        path = DOCS / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)


def setup(app):
    """Assemble before Sphinx looks for its sources."""
    app.connect("builder-inited", lambda _: write(sources()))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
