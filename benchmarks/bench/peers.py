"""This service and its peers."""

from __future__ import annotations

import http.client
import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.installing import (
    NotInstalledError,
    debian_packages,
    java_version,
    maven_artifact,
    python_packages,
    run,
)
from bench.processes import free_port
from bench.systems import NotStartedError, System

SERVICE = "Alliance Graph"


class Service(System):
    """This service, from the environment that runs the benchmark."""

    name = SERVICE
    address = "/sparql?query="
    settings = "data in memory"

    def install(self, cache: Path, *, allowed: bool) -> None:
        self._program = Path(sys.executable).parent / "alliance-graph"
        if not self._program.exists():
            raise NotInstalledError("not installed beside this Python; run the benchmark with .venv/bin/python")

    def version(self) -> str:
        return f"{importlib.metadata.version('alliance-graph')}, pyoxigraph {importlib.metadata.version('pyoxigraph')}"

    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        return [self._program, "serve", "--dataset", data, "--port", str(port)]

    def environment(self, folder: Path, limit: float | None) -> Mapping[str, str]:
        return {**os.environ, **({"ALLIANCE_GRAPH_SECONDS": str(limit)} if limit else {})}


class Oxigraph(System):
    """Oxigraph's own server."""

    name = "Oxigraph"
    address = "/query?query="
    settings = "data in memory, sent to its store endpoint"
    requirement = "oxigraph==0.5.13"

    def install(self, cache: Path, *, allowed: bool) -> None:
        self._program = python_packages(cache / "oxigraph", [self.requirement]) / "oxigraph"

    def version(self) -> str:
        return run([self._program, "--version"]).split()[-1]

    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        seconds = ["--timeout-s", f"{limit:g}"] if limit else []
        return [self._program, "serve", "--bind", f"127.0.0.1:{port}", *seconds]

    def fill(self, data: Path, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        with data.open("rb") as file:
            headers = {"Content-Type": "application/n-triples", "Content-Length": str(data.stat().st_size)}
            connection.request("POST", "/store?default", file, headers)
            status = connection.getresponse().status
        connection.close()
        if status >= 300:
            raise NotStartedError(f"refused the data with status {status}")


class Fuseki(System):
    """Jena Fuseki."""

    name = "Fuseki"
    address = "/data/sparql?query="
    settings = "data in memory, Java's own defaults"

    def install(self, cache: Path, *, allowed: bool) -> None:
        java = java_version()
        if java < 17:
            raise NotInstalledError(f"needs Java 17, here is {java}")
        self._version = "6.2.0" if java >= 21 else "5.6.0"
        self._jar = maven_artifact(cache / "fuseki", f"org.apache.jena:jena-fuseki-server:{self._version}")
        self._java = java
        if self._java < 21:
            self.settings += ", Jetty's output buffer set to 32 KiB: without it version 5 makes a buffer of megabytes for each answer (apache/jena#4084)"

    def version(self) -> str:
        return f"{self._version}, Java {self._java}"

    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        listen = ["--localhost", "--port", str(port)]
        if self._java < 21:
            (folder / "jetty.xml").write_text(_JETTY.format(port=port), encoding="utf-8")
            listen = ["--jetty=jetty.xml"]
        seconds = [f"--timeout={limit * 1000:.0f}"] if limit else []
        return ["java", "-jar", self._jar, *listen, *seconds, "--file", data, "/data"]

    def environment(self, folder: Path, limit: float | None) -> Mapping[str, str]:
        return {**os.environ, "FUSEKI_BASE": str(folder / "base")}


class RdflibEndpoint(System):
    """rdflib-endpoint."""

    name = "rdflib-endpoint"
    address = "/?query="
    most_triples = 200_000
    too_large = "it reads about 10,000 triples a second, and a scan of a million takes it longer than a run may take"
    settings = "data in rdflib's memory store"
    requirements = ("rdflib-endpoint[cli]==0.6.3", "rdflib==7.6.0", "uvicorn")

    def install(self, cache: Path, *, allowed: bool) -> None:
        self._programs = python_packages(cache / "rdflib-endpoint", self.requirements)

    def version(self) -> str:
        code = "from importlib.metadata import version as v; print(v('rdflib-endpoint') + ', rdflib ' + v('rdflib'))"
        return run([self._programs / "python", "-c", code]).strip()

    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        return [self._programs / "rdflib-endpoint", "serve", "--host", "127.0.0.1", "--port", str(port), data]


class Virtuoso(System):
    """Virtuoso Open Source."""

    name = "Virtuoso"
    graph = "urn:benchmark"
    address = "/sparql?default-graph-uri=urn%3Abenchmark&query="
    settings = "data on disk with 800 MB of buffers, bulk-loaded over its SQL port; limits on rows and time off"

    def install(self, cache: Path, *, allowed: bool) -> None:
        self._environment: Mapping[str, str] = os.environ
        server, client = shutil.which("virtuoso-t"), shutil.which("isql-vt")
        if server is None or client is None:
            folder = cache / "virtuoso"
            # The two libraries are those of its dependencies that a minimal Debian lacks.
            packages = ("virtuoso-opensource-7-bin", "libminizip1", "libpcre3")
            self._environment = debian_packages(folder, packages, allowed=allowed)
            server, client = str(folder / "usr/bin/virtuoso-t"), str(folder / "usr/bin/isql-vt")
        self._server, self._client = server, client

    def version(self) -> str:
        found = re.search(r"Version ([\d.]+)", run([self._client, "-?"], environment=self._environment))
        return found[1] if found else "unknown"

    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        self._sql_port = free_port()
        text = _VIRTUOSO.format(sql_port=self._sql_port, port=port, data=data.parent, seconds=int(limit or 0))
        (folder / "virtuoso.ini").write_text(text, encoding="utf-8")
        return [self._server, "-f", "-c", "virtuoso.ini"]

    def environment(self, folder: Path, limit: float | None) -> Mapping[str, str]:
        return self._environment

    def fill(self, data: Path, port: int) -> None:
        load = f"DB.DBA.TTLP_MT (file_to_string_output ('{data}'), '', '{self.graph}', 0); checkpoint;"
        address = f"127.0.0.1:{self._sql_port}"
        run([self._client, address, "dba", "dba", f"exec={load}"], environment=self._environment)


_JETTY = """<?xml version="1.0"?>
<!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
<Configure id="Server" class="org.eclipse.jetty.server.Server">
  <Call name="addConnector"><Arg><New class="org.eclipse.jetty.server.ServerConnector">
    <Arg name="server"><Ref refid="Server"/></Arg>
    <Arg name="factories"><Array type="org.eclipse.jetty.server.ConnectionFactory"><Item>
      <New class="org.eclipse.jetty.server.HttpConnectionFactory"><Arg name="config">
        <New class="org.eclipse.jetty.server.HttpConfiguration">
          <Set name="requestHeaderSize">131072</Set>
          <Set name="outputBufferSize">32768</Set>
        </New>
      </Arg></New>
    </Item></Array></Arg>
    <Set name="host">127.0.0.1</Set><Set name="port">{port}</Set>
  </New></Arg></Call>
</Configure>
"""

_VIRTUOSO = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
MaxClientConnections = 40
CheckpointInterval = 0
CaseMode = 2
DirsAllowed = {data}
SchedulerInterval = 10
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 10
NumberOfBuffers = 100000
MaxDirtyBuffers = 60000
MaxQueryMem = 2G
VectorSize = 1000
MaxVectorSize = 1000000
AdjustVectorSize = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = .
MaxClientConnections = 40
ServerThreads = 40
MaxKeepAlives = 40
KeepAliveTimeout = 60
DefaultMailServer = localhost:25
[Client]
SQL_QUERY_TIMEOUT = 0
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = {seconds}
"""

SYSTEMS: tuple[type[System], ...] = (Service, Oxigraph, Fuseki, Virtuoso, RdflibEndpoint)
"""Those that are measured, this service first."""
