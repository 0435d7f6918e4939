"""How the dataset, its pages and its answers are cited; answers name this page as `cite-as` (RFC 8574)."""

from __future__ import annotations

from flask import Response, url_for

from alliance_graph.web.i18n import t
from alliance_graph.web.pages.frame import blueprint, citation, page
from alliance_graph.web.problems import problem


@blueprint.get("/cite")
def cite() -> Response:
    """Say how to cite the release that is served."""
    whole = _whole()
    return page("cite.html", title=t("cite.title"), whole=whole) if whole else _nothing()


@blueprint.get("/cite.bib")
def cite_file() -> Response:
    """Return the citation of the release as a BibTeX file, which programs for references read."""
    whole = _whole()
    if whole is None:
        return _nothing()
    response = Response(whole["bibtex"] + "\n", content_type="application/x-bibtex; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept-Language"
    return response


def _whole() -> dict[str, str] | None:
    return citation(t("cite.dataset"), url_for("pages.home", lang=None, _external=True))


def _nothing() -> Response:
    return problem("not-found", 404, "files of an operator's own are served here: there is no release to cite")
