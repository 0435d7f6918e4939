"""Dates as people write them, no more exactly than they are known.

The data store a date that is known by its month or year as its first day, with a precision beside
it (the scheme date-precision); here it becomes the month or the year again. Names of months and the
order of the parts are those of the Unicode Common Locale Data Repository (calendar `gregorian`,
formats `yMMMMd` and `yMMMM`), for Arabic those of its root locale `ar`.
"""

from __future__ import annotations

import re

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_DAY = {"en": "{day} {month} {year}", "es": "{day} de {month} de {year}"}
_MONTH = {"es": "{month} de {year}"}


def date_text(value: str, precision: str | None, language: str) -> str:
    """Return a date in a language, to its precision: `4 July 1991`, `March 1996` or `1994`.

    Args:
        value: an xsd:date, such as `1991-07-04`.
        precision: `day`, `month` or `year`, or an IRI or name that ends so; None where the data give none.
        language: one of our languages.

    A value that is no such date, or whose precision nobody says, is returned as it is stored.
    """
    found = _DATE.fullmatch(value)
    known = re.split(r"[/:]", precision)[-1] if precision else None
    if found is None or not 1 <= int(found[2]) <= 12:
        return value
    year, month, day = found[1].lstrip("0"), _MONTHS[language].split()[int(found[2]) - 1], int(found[3])
    if known == "year":
        return year
    if known == "month":
        return _MONTH.get(language, "{month} {year}").format(month=month, year=year)
    if known == "day":
        first = "1er" if language == "fr" and day == 1 else str(day)
        return _DAY.get(language, "{day} {month} {year}").format(day=first, month=month, year=year)
    return value
