"""What the commands share: opening the project, telling what goes on, asking, printing, carrying out a plan."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from kbsync.commands.prepare import Prepared
    from kbsync.commands.project import Project, Reporter
    from kbsync.freshdesk import Freshdesk
    from kbsync.plan import Selection
    from kbsync.report.style import Style


def style_for(*, err: bool = False) -> Style:
    """Colour where the stream is a terminal that wants it."""
    from kbsync.report.style import Style

    stream = sys.stderr if err else sys.stdout
    return Style(stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


@dataclass(frozen=True)
class Asked:
    """How a plan is to be carried out, from the options of the command."""

    quiet: bool
    verbose: bool
    as_json: bool
    yes: bool
    force_limits: bool = False
    expect: str | None = None


def carry_out(project: Project, remote: Freshdesk, prepared: Prepared, asked: Asked) -> int:
    """Show the plan, hold it against limits and digest, ask, write, and show the result; returns the exit code."""
    from kbsync.apply import exit_code
    from kbsync.commands.prepare import require_digest, require_limits
    from kbsync.commands.publish import publish
    from kbsync.report.outcome import published_json, published_text
    from kbsync.report.plan import plan_text
    from kbsync.report.style import counted

    show_findings(prepared, quiet=asked.quiet)
    if not asked.as_json and not asked.quiet:
        click.echo(plan_text(prepared.plan, style_for(), verbose=asked.verbose))
    require_digest(prepared.saved or prepared.plan, asked.expect)
    if not asked.force_limits:
        require_limits(prepared.plan, project)
    if prepared.plan.pending:
        writes = counted(prepared.plan.cost.writes, "write")
        ask(f"Send {writes} to {prepared.plan.account}?", yes=asked.yes)
    with graceful() as stop, progress_of(prepared, quiet=asked.quiet or asked.as_json) as progress:
        published = publish(project, remote, prepared, progress=progress, stop=stop)
    if asked.as_json:
        print_json(published_json(prepared.plan, published))
    else:
        if prepared.saved is not None and prepared.saved.changes and not prepared.plan.changes:
            click.echo("already applied: everything in this plan is done")
        click.echo(published_text(prepared.plan, published, style_for()))
        if project.target.kind == "sandbox" and not asked.quiet:
            click.echo("To open these as readers would, start the portal: kbsync sandbox", err=True)
    return exit_code(prepared.plan, published)


def open_target(directory: Path, config: str | None, target: str | None) -> Project:
    """The project and target of the common options."""
    from kbsync.commands.project import open_project

    return open_project(directory, config, target)


def in_project(path: str, project: Project) -> str:
    """A path as typed, relative to the working directory, as the project names it."""
    from kbsync.commands.project import project_path

    return project_path(path, project)


def select(project: Project, paths: tuple[str, ...], only: tuple[str, ...], leave: tuple[str, ...]) -> Selection:
    """The selection of the options, paths as the project names them."""
    from kbsync.plan import Selection

    return Selection(tuple(in_project(path, project) for path in paths), only, leave)


def choice(on_conflict: str) -> Literal["skip", "local"]:
    """The value of `--on-conflict`, typed."""
    return "local" if on_conflict == "local" else "skip"


def reporter_for(*, quiet: bool, verbose: bool) -> Reporter:
    """Where a run tells what it does: stages on a terminal, waits of a second and more, requests with -v."""
    from kbsync.commands.project import Reporter
    from kbsync.report.style import duration, plain

    def tell(line: str) -> None:
        click.echo(plain(line, 2000), err=True)

    def wait(seconds: float, why: str) -> None:
        if seconds >= 1 or verbose:
            tell(f"waiting {duration(seconds)}: {why}")

    if quiet:
        return Reporter()
    return Reporter(tell if sys.stderr.isatty() or verbose else lambda _: None, tell if verbose else None, wait)


def show_findings(prepared: Prepared, *, quiet: bool) -> None:
    """Findings go to stderr beside a plan; notes are left to `check -v`."""
    from kbsync.report.findings import counts_text, findings_text

    findings = [one for one in prepared.read.findings if one.severity == "error" or not quiet]
    text = findings_text(findings, style_for(err=True), notes=False)
    if text:
        click.echo(f"{text}\n{counts_text(prepared.read.findings)}\n", err=True)


def ask(question: str, *, yes: bool) -> None:
    """Returns if the answer is yes. Raises UsageError where nobody can be asked, KbsyncError for a no."""
    from kbsync.errors import KbsyncError, UsageError

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("kbsync asks before it writes, and this is no terminal", "repeat with --yes")
    if not click.confirm(question, err=True):
        raise KbsyncError("nothing was written")


@contextmanager
def graceful() -> Iterator[Callable[[], bool]]:
    """The first interrupt lets the request under way end and stops then; a second one ends the process."""
    asked = False

    def ask(number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        click.echo("stopping after this request (again to stop at once)", err=True)

    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def progress_of(prepared: Prepared, *, quiet: bool) -> Iterator[Callable[[Any], None]]:
    """A bar on a terminal, a line for each change elsewhere, nothing where asked to be quiet."""
    from kbsync.report.outcome import outcome_line

    style = style_for(err=True)
    if quiet or not prepared.plan.pending:
        yield lambda _: None
    elif sys.stderr.isatty():
        with click.progressbar(length=len(prepared.plan.changes), label="Writing", file=sys.stderr) as bar:
            yield lambda _: bar.update(1)
    else:
        yield lambda outcome: click.echo(outcome_line(outcome, style), err=True) if outcome.change.writes else None


def print_json(data: object) -> None:
    """JSON on stdout, as people and programs read it."""
    import json

    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
