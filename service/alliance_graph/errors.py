"""The errors a user can cause and mend.

The command line prints one line and exits with 2; the service answers with a problem document.
"""

from __future__ import annotations


class AllianceGraphError(Exception):
    """Something the user can mend: what is wrong, and how to put it right."""

    def __init__(self, cause: str, mend: str = "", *, place: str = "") -> None:
        self.cause = cause
        self.mend = mend
        self.place = place
        super().__init__(cause)

    def __str__(self) -> str:
        line = f"{self.place}: {self.cause}" if self.place else self.cause
        line = f"{line}; {self.mend}" if self.mend else line
        return " ".join(line.split())
