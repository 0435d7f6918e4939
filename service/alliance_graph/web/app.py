"""The application factory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from alliance_graph.config import Config
from alliance_graph.vocabulary import compact
from alliance_graph.web import fields, metadata, pages, sparql
from alliance_graph.web.direct import Direct, answer_directly
from alliance_graph.web.environ import ROUTE
from alliance_graph.web.hotpath import HotPath
from alliance_graph.web.mount import MountPoint
from alliance_graph.web.naming import with_links
from alliance_graph.web.observe import Observed, Observer, RequestLog
from alliance_graph.web.pages import frame
from alliance_graph.web.problems import problem
from alliance_graph.web.service import Service, keep, service_of, start_service
from alliance_graph.web.swap import ReleaseSwap

_KINDS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


def create_app(config: Config) -> Flask:
    """Return the application that serves one dataset.

    Raises:
        AllianceGraphError: the data cannot be read.
    """
    app = Flask(__name__)
    app.extensions["alliance_graph"] = start_service(config)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(metadata.blueprint)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _failure)
    app.context_processor(frame.common)
    app.add_template_filter(with_links)
    app.add_template_filter(compact)
    app.after_request(frame.humanise)
    app.after_request(_common_headers)
    app.before_request(_name_route)
    service: Callable[[], Service] = partial(service_of, app)
    if config.release is not None and config.release.is_symlink():
        service = ReleaseSwap(app, config.release)
    observer = Observer(service().metrics, RequestLog() if config.log == "requests" else None)
    answer_directly(app, Direct(service, observer, config.prefix))
    wsgi = Observed(HotPath(app.wsgi_app, service, config.limits.query_bytes), observer)
    app.wsgi_app = MountPoint(wsgi, config.root_path)  # type: ignore[method-assign]
    return app


def _name_route() -> None:
    request.environ[ROUTE] = str(request.url_rule) if request.url_rule else "none"


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
    if request.endpoint == "static" and response.status_code == 200:
        keep("static", request.path)
        if "v" in request.args:  # the address changes with the file
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    for name, value in fields.COMMON.items():
        response.headers.setdefault(name, value)
    return response
