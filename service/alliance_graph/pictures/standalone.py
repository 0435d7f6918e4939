"""A picture as a file of its own, for a paper: colours written out, since few programs know variables."""

from __future__ import annotations

import re

_VARIABLE = re.compile(r"(--[\w-]+):\s*light-dark\((#\w+),[^)]*\);?")
_USE = re.compile(r"var\((--[\w-]+)\)")
_MARKS = "/* marks"


def written_out(style: str) -> str:
    """Return the part of the style sheet that is about marks, with the values of the light theme in it.

    Args:
        style: the style sheet `pictures.css`.
    """
    values = dict(_VARIABLE.findall(style))
    marks = style[style.index(_MARKS) :]
    return re.sub(r"/\*.*?\*/\s*", "", _USE.sub(lambda use: values[use[1]], marks)).strip()
