"""The application factory."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from alliance_graph.config import Config
from alliance_graph.web import pages, sparql
from alliance_graph.web.problems import problem
from alliance_graph.web.service import start_service

_KINDS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def create_app(config: Config) -> Flask:
    """Return the application that serves one dataset.

    Raises:
        AllianceGraphError: the data cannot be read.
    """
    app = Flask(__name__)
    app.extensions["alliance_graph"] = start_service(config)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _failure)
    app.after_request(_common_headers)
    return app


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    kind = _KINDS.get(status, "bad-request" if status < 500 else "internal")
    response = problem(kind, status, f"{request.method} {request.path}: {error.description}")
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _failure(error: Exception) -> Response:
    """Answer a defect of ours with a problem document; the trace goes to the log, not to the client."""
    from flask import current_app

    current_app.logger.error("request failed", exc_info=error)
    return problem("internal", 500, "the service failed; the request can be sent again")


def _common_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
