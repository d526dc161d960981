"""Formulas as MathML, which browsers draw by themselves: no script, no font, no network."""

from html import escape

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)


def markup(node, as_block):
    """Return a formula as MathML; one that cannot be converted is a warning and stays as it is written."""
    try:
        return latex2mathml.tex2mathml(node.astext(), as_block=as_block)
    except MathError as problem:
        logger.warning("formula %r: %s", node.astext(), problem, location=node)
        return f"<code>{escape(node.astext())}</code>"


def inline(translator, node):
    """Write a formula in a line of text."""
    translator.body.append(markup(node, as_block=False))
    raise nodes.SkipNode


def block(translator, node):
    """Write a formula on a line of its own."""
    translator.body.append(translator.starttag(node, "div", CLASS="math") + markup(node, as_block=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
