"""What an operator can set, filled once from flags and `ALLIANCE_GRAPH_*`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_type_hints
from urllib.parse import urlsplit

from alliance_graph.dataset.memory import Source
from alliance_graph.engine.limits import Limits
from alliance_graph.errors import AllianceGraphError

ENVIRONMENT = "ALLIANCE_GRAPH_"


@dataclass(frozen=True)
class Config:
    """The configuration of the service."""

    # The folder of the release that is served; None when the operator's own files are.
    release: Path | None = None
    # The operator's own files.
    source: Source = field(default_factory=Source)
    # The project that texts are validated against; None for the one around the working directory, or the installed one.
    project: Path | None = None
    # The address the service listens on; 127.0.0.1 answers this machine only.
    host: str = "127.0.0.1"
    # The port the service listens on.
    port: int = 8000
    # The path prefix, or the whole address, under which a proxy shows the service; empty for none.
    root_path: str = ""
    # What is logged: "requests", a line for each, or "none".
    log: str = "none"
    # The endpoints that a SERVICE clause may name; none unless an operator says so.
    services: frozenset[str] = frozenset()
    # What a query may cost.
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Check what no type says.

        Raises:
            AllianceGraphError: the path or address behind a proxy is none.
        """
        parts = urlsplit(self.root_path)
        whole = parts.scheme in ("http", "https") and bool(parts.netloc)
        path = not parts.scheme and not parts.netloc and parts.path[:1] in ("", "/")
        if not (whole or path) or parts.query or parts.fragment:
            raise AllianceGraphError(
                f"{self.root_path!r} is no path or address",
                "write /graph or https://example.org/graph",
                place="--root-path",
            )

    @property
    def prefix(self) -> str:
        """The path prefix under which a proxy shows the service, without a slash at its end."""
        return urlsplit(self.root_path).path.rstrip("/")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """Return the configuration that the environment holds; what it lacks has its default.

        Raises:
            AllianceGraphError: no data are named, or a value is not a number.
        """
        release = environment.get(f"{ENVIRONMENT}RELEASE")
        project = environment.get(f"{ENVIRONMENT}PROJECT")
        source = Source(**json.loads(environment.get(f"{ENVIRONMENT}SOURCE", "{}")))
        if not release and not source.files and not source.store:
            raise AllianceGraphError("no release is named", f"set {ENVIRONMENT}RELEASE to the folder of one")
        return cls(
            release=Path(release) if release else None,
            source=source,
            project=Path(project) if project else None,
            host=environment.get(f"{ENVIRONMENT}HOST", cls.host),
            port=int(_number("port", environment.get(f"{ENVIRONMENT}PORT", str(cls.port)), int)),
            root_path=environment.get(f"{ENVIRONMENT}ROOT_PATH", cls.root_path),
            log=environment.get(f"{ENVIRONMENT}LOG", cls.log),
            services=frozenset(environment.get(f"{ENVIRONMENT}SERVICES", "").split()),
            limits=limits_from(environment),
        )


def limits_from(environment: Mapping[str, str]) -> Limits:
    """Return the limits that `ALLIANCE_GRAPH_<LIMIT>` variables set, else their defaults.

    Raises:
        AllianceGraphError: a value is not a positive number.
    """
    chosen: dict[str, float] = {}
    for name, kind in get_type_hints(Limits).items():
        text = environment.get(ENVIRONMENT + name.upper())
        if text is not None:
            chosen[name] = _number(name, text, kind)
    return Limits(**chosen)  # type: ignore[arg-type]


def _number(name: str, text: str, kind: type) -> float:
    try:
        value: float = kind(text)
    except ValueError:
        value = 0
    if value <= 0:
        whole = "a whole number" if kind is int else "a number"
        raise AllianceGraphError(f"{text!r} is not {whole} above 0", "set it anew", place=ENVIRONMENT + name.upper())
    return value
