"""`/validate`: what `alliance-graph validate` would find in a text, on its lines."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation.judge import NEW_FILE, REPORT_FORMATS, TEXT_TYPES
from alliance_graph.vocabulary import SHAPES
from alliance_graph.web.environ import GONE
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import address_of
from alliance_graph.web.negotiation import choose
from alliance_graph.web.pages.frame import PAGE, blueprint, page
from alliance_graph.web.pages.listing import listing
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service, let_go

_FORM_TYPE = "multipart/form-data"
_FORM_OVERHEAD_BYTES = 10_000
"""What the other fields of the form, and what separates them, may take."""
_DRAINED_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


@blueprint.route("/validate", methods=["GET", "POST"])
def validate() -> Response:
    """Take a text, or show what was found in it: as a page, or in a format for programs."""
    try:
        return _form() if request.method == "GET" else _judged()
    except AllianceGraphError as error:
        return problem_for(error)


def _form(**values: Any) -> Response:
    service = current_service()
    return page(
        "validate.html",
        title=t("validate.title"),
        files=service.judge.files,
        new_file=NEW_FILE,
        limit=service.config.limits.text_bytes,
        formats=REPORT_FORMATS,
        address=url_for("pages.validate", lang=None, _external=True),
        **values,
    )


def _judged() -> Response:
    judge = current_service().judge
    text, file = _text_and_file()
    if not text.strip():
        raise BadRequest("there is no text; send the Turtle that is to be validated")
    if file not in (NEW_FILE, *judge.files):
        raise BadRequest(f"a text cannot stand for {file!r}; name a Turtle file of the project, but no shapes, or none")
    offered = (PAGE, *REPORT_FORMATS) if request.mimetype == _FORM_TYPE else (*REPORT_FORMATS, PAGE)
    fmt = choose(request.headers.get("Accept"), offered)
    if fmt is None:
        names = [f.media_type for f in offered]
        return problem("not-acceptable", 406, f"a report can be given as {', '.join(names)}", offered=names)
    body = judge.report(text, file, fmt.name, language(), request.remote_addr or "", request.environ.get(GONE))
    if fmt is PAGE:
        response = _result(text, file, json.loads(body))
    else:
        response = Response(body, content_type=fmt.content_type)
        response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    return response


def _result(text: str, file: str, report: dict[str, object]) -> Response:
    findings = report["findings"]
    assert isinstance(findings, list)
    response = _form(
        text=text,
        file=file,
        report=report,
        unread=any(finding["rule"] == "turtle-syntax" for finding in findings),
        lines=list(listing(text, findings)),
        rule_address=_rule_address,
    )
    let_go()  # what someone sent is not kept
    return response


def _rule_address(rule: str) -> str | None:
    """Return where a rule is described, where this service has the ontology."""
    return address_of(f"{SHAPES}{rule}") if current_service().release else None


def _text_and_file() -> tuple[str, str]:
    """Return what a request sends: a text, and the name of the file it stands for.

    Raises:
        HTTPException: it sends nothing that can be read.
    """
    limit = current_service().config.limits.text_bytes
    if request.mimetype in TEXT_TYPES:
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if charset not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType(f"the text is in {charset}; Turtle is UTF-8")
        _check_length(limit)
        data, file = request.stream.read(limit + 1), request.args.get("file")
    elif request.mimetype == _FORM_TYPE:
        # A browser sends both fields, the text and the file that is read instead.
        request.max_content_length = request.max_form_memory_size = 2 * limit + _FORM_OVERHEAD_BYTES
        _check_length(request.max_content_length)
        upload = request.files.get("upload")
        # A form sends the ends of lines as CRLF, whatever was typed (HTML, section 4.10.22.7).
        typed = request.form.get("text", "").replace("\r\n", "\n").encode()
        data, file = (upload.read() if upload else b"") or typed, request.form.get("file")
    else:
        sent = request.mimetype or "of no stated type"
        raise UnsupportedMediaType(f"the body is {sent}; send the text as {TEXT_TYPES[0]}, or the form of the page")
    if len(data) > limit:
        raise RequestEntityTooLarge(f"the text is larger than the {limit} bytes that are read")
    try:
        return data.decode("utf-8"), file or NEW_FILE
    except UnicodeDecodeError as error:
        raise BadRequest(f"the text is not UTF-8 at byte {error.start}; save it in UTF-8 encoding") from None


def _check_length(limit: int) -> None:
    """Refuse a body that says it is too long.

    Raises:
        RequestEntityTooLarge: it does.
    """
    length = request.content_length or 0
    if length <= limit:
        return
    body, left = request.environ["wsgi.input"], min(length, _DRAINED_BYTES)
    while left > 0 and (piece := body.read(min(left, _PIECE_BYTES))):
        left -= len(piece)  # a browser reads the refusal only after it has sent what it had to send
    raise RequestEntityTooLarge(f"the body has {length} bytes; at most {limit} are read")
