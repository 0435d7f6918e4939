"""What an operator can set, filled once from flags and `ALLIANCE_GRAPH_*`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

ENVIRONMENT = "ALLIANCE_GRAPH_"


@dataclass(frozen=True)
class Config:
    """The configuration of the service."""

    # The folder of the release that is served.
    release: Path
    # The address the service listens on; 127.0.0.1 answers this machine only.
    host: str = "127.0.0.1"
    # The port the service listens on.
    port: int = 8000
    # The longest query that is read, in bytes.
    max_query_bytes: int = 100_000

    def to_environment(self) -> dict[str, str]:
        """Return the configuration as the environment variables that `from_environment` reads."""
        return {ENVIRONMENT + field.name.upper(): str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """Return the configuration that `to_environment` wrote."""
        values = {field.name: environment[ENVIRONMENT + field.name.upper()] for field in fields(cls)}
        return cls(
            release=Path(values["release"]),
            host=values["host"],
            port=int(values["port"]),
            max_query_bytes=int(values["max_query_bytes"]),
        )
