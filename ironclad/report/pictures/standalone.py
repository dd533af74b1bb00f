"""The timeline as a picture file of its own, for places that take no page: artifacts, chats."""

from importlib.resources import files

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.text.printable import printable
from ironclad.report.model.document import Report
from ironclad.report.pictures.timeline import timeline_picture

WIDTH = 900


def timeline_svg(report: Report, evidence: Evidence) -> str:
    """Carry the page's own style along; it follows the reader's light or dark as the page does."""
    style = files("ironclad.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    drawn = printable(str(timeline_picture(report, evidence)))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" width="{WIDTH}"'
    drawn = drawn.replace("<svg", head, 1).replace(' width="100%"', "", 1)
    rules = f"</title><style>{_picture_rules(style)}</style>"
    return drawn.replace("</title>", rules, 1) + "\n"


def _picture_rules(style: str) -> str:
    """Take the colours and what is drawn with them; what shapes a page means nothing here."""
    start, end = style.index(".picture {"), style.index("@media (max-width")
    colours = style[: style.index(".upheld {")]
    own = "svg { background: var(--paper); }"  # a page may be dark where its reader is not
    return (colours + style[start:end] + own).replace("<", "")
