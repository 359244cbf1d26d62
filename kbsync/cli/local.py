"""The commands that need no account: init, sandbox, demo."""

from __future__ import annotations

from pathlib import Path

import click

from kbsync.cli.options import config_option, directory_option, target_option
from kbsync.cli.session import reporter_for, style_for


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
def init(directory: Path) -> None:
    """Start a project in DIR: a config file and a few articles."""
    from kbsync.commands.start import start

    for path in start(directory):
        click.echo(f"wrote {path}")
    click.echo("Next: kbsync check, kbsync plan, kbsync apply", err=True)


@click.command()
@directory_option
@config_option
@target_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the API and the portal (default: the target's).")
@click.option("--data", type=click.Path(path_type=Path), help="The data file (default: that of the sandbox target).")
@click.option("--reset", is_flag=True, help="Forget everything first.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="How this Freshdesk behaves.")
def sandbox(
    directory: Path,
    config: str | None,
    target: str | None,
    port: int | None,
    data: Path | None,
    reset: bool,
    switches: tuple[str, ...],
) -> int:
    """Run the local Freshdesk with its readers' portal."""
    from kbsync.commands.sandbox import run_sandbox

    run_sandbox(
        directory, config, target, port, data, switches, reset=reset, tell=lambda line: click.echo(line, err=True)
    )
    return 0


@click.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
def demo(directory: Path | None) -> int:
    """The first minute without an account: a project, its sandbox, and a plan with some of everything."""
    from kbsync.commands.demo import make_demo
    from kbsync.report.plan import plan_text

    made = make_demo(directory, reporter_for(quiet=True, verbose=False))
    for line in made.story:
        click.echo(line)
    click.echo(plan_text(made.plan, style_for()))
    for line in made.next_steps:
        click.echo(line)
    return 0
