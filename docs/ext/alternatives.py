"""Figures keep the text alternative that crmlab.plots stored with them.

The notebook format has a place for it, the metadata of the picture; MyST-NB only reads width and height there.
"""

from docutils import nodes
from myst_nb.core.render import NbElementRenderer


def setup(app):
    """Teach the renderer of notebooks."""
    plain = NbElementRenderer.render_image

    def with_text(self, data):
        made = plain(self, data)
        text = data.output_metadata.get(data.mime_type, {}).get("alt")
        for image in (i for element in made for i in element.findall(nodes.image) if text):
            image["alt"] = text
        return made

    if not getattr(plain, "carries_text", False):
        with_text.carries_text = True
        NbElementRenderer.render_image = with_text
    return {"parallel_read_safe": True, "parallel_write_safe": True}
