"""A client that sends bytes as they are over one connection, and what it sends."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from processes import Service


def one_triple(folder: Path) -> Path:
    """Return a dataset of one triple in a new file."""
    data = folder / "one.nt"
    data.write_text("<urn:a> <urn:b> <urn:c> .\n")
    return data


class Client:
    """A connection over which bytes are sent as they are."""

    def __init__(self, service: Service, stack: ExitStack) -> None:
        self.socket = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=20))
        self._received = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def response(self, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Return status, header fields and body of the next response."""
        while b"\r\n\r\n" not in self._received:
            self._more()
        top, _, self._received = self._received.partition(b"\r\n\r\n")
        status, *lines = top.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if head or status.split()[1] == "304" else int(fields["content-length"])
        while len(self._received) < length:
            self._more()
        body, self._received = self._received[:length], self._received[length:]
        return int(status.split()[1]), fields, body

    def is_closed(self) -> bool:
        """Read on, and return whether the service has closed the connection without another byte."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        got = self.socket.recv(65536)
        assert got, "closed"
        self._received += got


def get(query: str, *fields: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} /sparql?query={quote(query)} HTTP/1.1", "Host: localhost", *fields, "\r\n"]).encode()


def post(query: bytes, *fields: str) -> bytes:
    head = ["POST /sparql HTTP/1.1", "Host: localhost", "Content-Type: application/sparql-query", *fields]
    return "\r\n".join([*head, f"Content-Length: {len(query)}", "\r\n"]).encode() + query


def busy(number: int, name: str) -> str:
    """Return a query that takes a worker a while, and has a name that no other has."""
    values = " ".join(map(str, range(number)))
    return f"SELECT (COUNT(*) AS ?{name}) {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} FILTER(?a + ?b >= 0) }}"


def counted(service: Service, name: str) -> float:
    """Return the sum of the metrics whose names and labels begin so."""
    lines = service.send("GET", "/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
