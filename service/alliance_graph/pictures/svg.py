"""Elements of SVG and HTML as markup, with everything that is not markup escaped."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | float | None


def number(value: float) -> str:
    """Return a number as short as SVG takes it: one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def element(tag: str, *children: str, **attributes: Value) -> Markup:
    """Return an element.

    Args:
        tag: its name.
        children: texts, which are escaped, and markup, which is not.
        attributes: their values; None leaves one out. `class_` stands for `class`, and an underscore in a
            name for a hyphen: `text_anchor`.
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            parts.append(f' {_NAMES.get(name) or name.replace("_", "-")}="{escape(text)}"')
    inside = Markup("").join(children)
    parts.append(f">{inside}</{tag}>" if inside or tag not in _EMPTY else "/>")
    return Markup("".join(parts))  # noqa: S704 - names are ours, values and texts are escaped


_NAMES = {
    "class_": "class",
    "viewBox": "viewBox",
    "patternUnits": "patternUnits",
    "patternTransform": "patternTransform",
}
_EMPTY = frozenset(("path", "rect", "circle", "line"))


def group(children: Iterable[str], **attributes: Value) -> Markup:
    """Return a `g` element."""
    return element("g", *children, **attributes)


def linked(address: str | None, *children: str) -> Markup:
    """Return markup as a link, or as it is where there is nothing to link to."""
    if address is None:
        return Markup("").join(children)
    return element("a", *children, href=address)


def hatch(identifier: str, style: str) -> Markup:
    """Return a pattern of slanted lines; `style` is the class that colours it."""
    lines = element("path", d="M0 0V6", class_=f"hatch-line on-{style}")
    ground = element("rect", width=6, height=6, class_=f"hatch-ground {style}")
    return element(
        "pattern",
        ground,
        lines,
        id=identifier,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
