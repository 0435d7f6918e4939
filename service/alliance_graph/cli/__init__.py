"""The command line. Every error a user can mend is one line and exit code 2."""

from __future__ import annotations

import sys

import click

from alliance_graph import __version__
from alliance_graph.cli import files, importing, links, query, releases, serve
from alliance_graph.cli.output import CLEAN, FAILED
from alliance_graph.errors import AllianceGraphError


@click.group(
    commands=[
        files.validate,
        files.format_,
        files.fingerprint,
        importing.import_,
        links.links,
        releases.build,
        releases.changes,
        serve.serve,
        query.query,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="alliance-graph")
def cli() -> None:
    """Military alliances as linked data: validate, build, query and serve them."""


def main() -> None:
    """Run the command line; see `alliance-graph --help`."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        hint = f"; see {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        _fail(f"{error.format_message()}{hint}")
    except AllianceGraphError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    else:
        sys.exit(code if isinstance(code, int) else CLEAN)


def _fail(line: str) -> None:
    click.echo(f"alliance-graph: {' '.join(line.split())}", err=True)
    sys.exit(FAILED)
