"""Serving under a path prefix, behind a proxy that strips it or does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class MountPoint:
    """WSGI middleware that makes the application's own links begin with a prefix (PEP 3333, SCRIPT_NAME)."""

    def __init__(self, app: WSGIApplication, root: str) -> None:
        """Wrap an application.

        Args:
            app: the application.
            root: the path the proxy maps to it, such as `/graph`, or the whole address, such as
                `https://example.org/graph`, which then stands in all links; empty for none.
        """
        parts = urlsplit(root)
        self.app = app
        self.prefix = parts.path.rstrip("/")
        self.outside = {"wsgi.url_scheme": parts.scheme, "HTTP_HOST": parts.netloc} if parts.scheme else {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.update(self.outside)
        if self.prefix:
            environ["SCRIPT_NAME"] = self.prefix
            path = environ["PATH_INFO"]
            if path == self.prefix or path.startswith(self.prefix + "/"):
                environ["PATH_INFO"] = path[len(self.prefix) :] or "/"
        return self.app(environ, start_response)
