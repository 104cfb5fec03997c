"""HTML in which every text is escaped: a `Markup` is safe by how it was made, a plain string never is.

Rules: only `element`, `joined` and the page's own two raw parts (its styles and scripts) make a `Markup`;
whatever else is given as a child or an attribute is a text and is escaped. Event attributes and inline styles
are refused, because the page's own policy forbids them.
"""

from collections.abc import Iterable
from html import escape

from trader.core.errors import require
from trader.core.text import printable

_VOID = frozenset({"meta", "br", "rect", "line"})
_TEXT_MAX = 4_000


class Markup(str):
    """HTML that may stand in a page as it is."""

    __slots__ = ()


def text(value: str) -> Markup:
    """A text as it may be shown: nothing in it is obeyed by a browser or by a reader's eye."""
    return Markup(escape(printable(value, length_max=_TEXT_MAX), quote=True))


def joined(parts: Iterable[str]) -> Markup:
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def element(name: str, /, *children: str, **attributes: str | None) -> Markup:
    """`class_` stands for class and `aria_label` for aria-label; an attribute that is None is left out."""
    shown = ""
    for key, value in attributes.items():
        if value is None:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        require(not attribute.startswith("on") and attribute != "style", f"{attribute} would be inline code")
        shown += f' {attribute}="{text(value)}"'
    if name in _VOID:
        return Markup(f"<{name}{shown}>") if name in ("meta", "br") else Markup(f"<{name}{shown}/>")
    return Markup(f"<{name}{shown}>{joined(children)}</{name}>")
