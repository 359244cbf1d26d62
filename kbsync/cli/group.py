"""The root command, and the one place that maps failures, bugs and interrupts to exit codes (design 5)."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from kbsync import __version__

_BUG = "this is a bug in kbsync; please report it with the lines above (kbsync -v shows more)"

# Where each command lives, in the order of the help.
_COMMANDS = {
    "init": "local",
    "check": "reading",
    "plan": "reading",
    "apply": "writing",
    "status": "reading",
    "resolve": "writing",
    "restore": "writing",
    "sandbox": "local",
    "demo": "local",
}


class _Lazy(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"kbsync.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command


def main() -> None:
    """The entry point `kbsync`; ends the process with the exit code."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    from kbsync.cli.session import style_for
    from kbsync.errors import InvalidSource, KbsyncError
    from kbsync.report.findings import findings_text
    from kbsync.report.style import plain

    style = style_for(err=True)
    if isinstance(error, InvalidSource):
        click.echo(findings_text(error.findings, style), err=True)
    if isinstance(error, KbsyncError):
        first, *more = error.message.split("\n")
        click.echo(f"{style.paint('error:', 'red')} {plain(first, 2000)}", err=True)
        for line in more:
            click.echo(f"  {plain(line, 2000)}", err=True)
        if error.hint:
            click.echo(f"  {style.paint('→', 'dim')} {plain(error.hint, 2000)}", err=True)
        return error.exit_code
    import traceback

    traceback.print_exception(error, file=sys.stderr)
    click.echo(_BUG, err=True)
    return 1


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="kbsync %(version)s")
def cli() -> None:
    """Keep a Freshdesk help centre as Markdown in git.

    kbsync renders your files, compares them with the live articles, shows a plan, and writes exactly that plan.
    Without a Freshdesk account everything works against the sandbox, a local Freshdesk that ships with kbsync.
    """
