"""Getting the peers: each into a folder of its own in the cache, by its registry's ordinary client.

Nothing is installed on the system: Debian's packages are unpacked, not set up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


class NotInstalledError(Exception):
    """A system that cannot be had here, with the reason."""


def run(command: Sequence[str | Path], folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end; return what it printed.

    Raises:
        NotInstalledError: it is not there, or failed.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
    except FileNotFoundError:
        raise NotInstalledError(f"{name} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"{name} did not end in 10 minutes") from None
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()
        raise NotInstalledError(f"{name} failed: {_without_paths(last[-1]) if last else done.returncode}")
    return done.stdout + done.stderr


def _without_paths(text: str) -> str:
    return re.sub(r"(?<![\w:/])/(?:[\w.+-]+/)+", "…/", text)


def python_packages(folder: Path, requirements: Sequence[str]) -> Path:
    """Install packages from PyPI into a virtual environment of their own; return its programs' folder."""
    programs = folder / "bin"
    mark = folder / "installed.txt"
    wanted = "\n".join(requirements)
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", folder])
        run([programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
        mark.write_text(wanted, encoding="utf-8")
    return programs


def java_version() -> int:
    """Return the version of Java on this machine, such as 17."""
    found = re.search(r'version "(\d+)', run(["java", "-version"]))
    if found is None:
        raise NotInstalledError("java does not tell its version")
    return int(found[1])


def maven_artifact(folder: Path, artifact: str) -> Path:
    """Copy a jar from Maven Central; `artifact` is group:name:version."""
    _, name, version = artifact.split(":")
    jar = folder / f"{name}-{version}.jar"
    if not jar.is_file():
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
        run(["mvn", "--quiet", "--batch-mode", plugin, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"])
    return jar


def debian_packages(folder: Path, packages: Sequence[str], *, allowed: bool) -> dict[str, str]:
    """Unpack Debian packages; return the environment in which their programs find their libraries.

    Raises:
        NotInstalledError: they are not there yet and fetching them is not `allowed`, or failed.
    """
    mark = folder / "installed.txt"
    if not mark.is_file():
        if not allowed:
            raise NotInstalledError("not fetched: --install allows apt-get to download its Debian package")
        archives = folder / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        run(["apt-get", "download", *packages], archives)
        for archive in sorted(archives.glob("*.deb")):
            run(["dpkg-deb", "--extract", archive, folder])
        shutil.rmtree(archives)
        mark.write_text("\n".join(packages), encoding="utf-8")
    libraries = [path for base in ("usr/lib", "lib") for path in (folder / base).glob("*-linux-*") if path.is_dir()]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}
