"""The site: ``python -m sphinx -W -b html docs build/site``. Nothing in it is loaded from a network."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE / "ext"), str(ROOT)]
# the realism page runs in a kernel, which must find the package too
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))

import crmlab  # noqa: E402

project = "crmlab"
author = "the crmlab authors"
project_copyright = "the crmlab authors; code under MIT, content under CC BY 4.0"
version = release = crmlab.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "assemble",
    "mathml",
    "alternatives",
]
exclude_patterns = ["pieces", "ext", "static"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}

# Notebooks are shown with the outputs that are stored in them; only the realism page asks to be run.
nb_execution_mode = "off"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js = {}

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# a formula that is not closed would swallow prices: "$5 and $6" stays text
myst_dmath_allow_space = False
myst_dmath_allow_digits = False
html_math_renderer = "mathml"

autosummary_generate = False
autodoc_typehints = "none"  # the docstrings say the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "crmlab"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
# a page opened from a folder may not read other pages, so results are listed without excerpts
html_show_search_summary = False
html_theme_options = {"navigation_with_keys": True}
language = "en"
