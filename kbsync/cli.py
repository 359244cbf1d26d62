"""The command line: parse, call, print, exit code. What a command needs is imported when it runs.

Data goes to stdout, everything else to stderr. Exit codes are those of design 5; one place maps expected
failures, bugs and interrupts to them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from kbsync import __version__

if TYPE_CHECKING:
    from kbsync.commands.prepare import Prepared
    from kbsync.commands.project import Project, Reporter
    from kbsync.freshdesk import Freshdesk
    from kbsync.plan import Selection
    from kbsync.report.style import Style

F = TypeVar("F", bound=Callable[..., Any])

_BUG = "this is a bug in kbsync; please report it with the lines above (kbsync -v shows more)"


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
    from kbsync.errors import InvalidSource, KbsyncError
    from kbsync.report.findings import findings_text
    from kbsync.report.style import plain

    style = _style(err=True)
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


def _style(*, err: bool = False) -> Style:
    from kbsync.report.style import Style

    stream = sys.stderr if err else sys.stdout
    return Style(stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


# --- options that several commands share --------------------------------------------------------------------


def _options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def apply_all(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply_all


_directory = click.option(
    "-C", "directory", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Run as if started in DIR."
)
_config = click.option("--config", "-c", metavar="FILE", help="The config file (default: the nearest kbsync.yaml).")
_target = click.option("--target", "-t", metavar="NAME", help="The target (default: default_target of the config).")
_quiet = click.option("--quiet", "-q", is_flag=True, help="Print results and errors only.")
_verbose = click.option("--verbose", "-v", is_flag=True, help="Print more: every request, all changed lines.")
_project = _options(_directory, _config, _target, _quiet, _verbose)
_globs = _options(
    click.option("--only", multiple=True, metavar="GLOB", help="Look only at articles whose path matches."),
    click.option("--except", "leave", multiple=True, metavar="GLOB", help="Leave out articles whose path matches."),
)
_selection = _options(click.argument("paths", nargs=-1, metavar="[PATHS]..."), _globs)
_on_conflict = click.option(
    "--on-conflict",
    type=click.Choice(["skip", "local"]),
    default="skip",
    help="local: overwrite what was edited in Freshdesk; its text is saved first.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="kbsync %(version)s")
def cli() -> None:
    """Keep a Freshdesk help centre as Markdown in git.

    kbsync renders your files, compares them with the live articles, shows a plan, and writes exactly that plan.
    Without a Freshdesk account everything works against the sandbox, a local Freshdesk that ships with kbsync.
    """


@cli.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
def init(directory: Path) -> None:
    """Start a project in DIR: a config file and a few articles."""
    from kbsync.commands.start import start

    for path in start(directory):
        click.echo(f"wrote {path}")
    click.echo("Next: kbsync check, kbsync plan, kbsync apply", err=True)


@cli.command()
@_project
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print findings.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def check(
    directory: Path,
    config: str | None,
    target: str | None,
    quiet: bool,
    verbose: bool,
    paths: tuple[str, ...],
    form: str,
    as_json: bool,
    strict: bool,
) -> int:
    """Verify everything that can be verified offline: files, links, anchors, images."""
    from kbsync.commands.check import check_project
    from kbsync.report.findings import counts_text, findings_json, findings_text
    from kbsync.report.style import counted

    project = _open(directory, config, target)
    findings, articles = check_project(project, tuple(_in_project(path, project) for path in paths))
    if as_json or form == "json":
        _print_json(findings_json(findings, articles))
    else:
        text = findings_text(findings, _style(), notes=verbose)
        click.echo("\n".join(filter(None, (text, f"{counted(articles, 'article')}, {counts_text(findings)}"))))
    failing = {"error", "warning"} if strict else {"error"}
    return int(any(one.severity in failing for one in findings))


@cli.command()
@_project
@_selection
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the plan.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@_on_conflict
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, for apply FILE.")
@click.option("--exit-code", "changes_matter", is_flag=True, help="Exit with 3 where changes are pending.")
def plan(
    directory: Path,
    config: str | None,
    target: str | None,
    quiet: bool,
    verbose: bool,
    paths: tuple[str, ...],
    only: tuple[str, ...],
    leave: tuple[str, ...],
    form: str,
    as_json: bool,
    on_conflict: str,
    out: Path | None,
    changes_matter: bool,
) -> int:
    """Show what apply would do. Sends nothing that writes."""
    from kbsync.commands.prepare import prepare, save_plan
    from kbsync.commands.project import connect
    from kbsync.plan import exit_code
    from kbsync.planfile import plan_to_json
    from kbsync.report.plan import plan_text

    project = _open(directory, config, target)
    reporter = _reporter(quiet=quiet, verbose=verbose)
    with connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter, _select(project, paths, only, leave), _choice(on_conflict))
    _show_findings(prepared, quiet=quiet)
    if out is not None:
        save_plan(prepared.plan, out)
    if as_json or form == "json":
        _print_json(plan_to_json(prepared.plan))
    else:
        click.echo(plan_text(prepared.plan, _style(), verbose=verbose))
    return exit_code(prepared.plan, changes_matter=changes_matter)


@cli.command()
@_project
@click.argument("paths", nargs=-1, metavar="[PLANFILE | PATHS...]")
@_globs
@_json
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@click.option("--expect", metavar="DIGEST", help="Write only if the plan has this digest.")
@click.option("--force-limits", is_flag=True, help="Write a plan larger than policy allows.")
@_on_conflict
def apply(
    directory: Path,
    config: str | None,
    target: str | None,
    quiet: bool,
    verbose: bool,
    paths: tuple[str, ...],
    only: tuple[str, ...],
    leave: tuple[str, ...],
    as_json: bool,
    yes: bool,
    expect: str | None,
    force_limits: bool,
    on_conflict: str,
) -> int:
    """Make Freshdesk equal to the files: plan, confirm, write. With a saved plan, write exactly that one."""
    from kbsync.commands.prepare import plan_file, prepare, prepare_saved
    from kbsync.commands.project import connect
    from kbsync.state import only_run

    project = _open(directory, config, target)
    reporter = _reporter(quiet=quiet, verbose=verbose)
    file = plan_file(paths)
    if file is not None and (only or leave or on_conflict != "skip"):
        raise click.UsageError(
            "a saved plan is applied as it is: --only, --except and --on-conflict go with kbsync plan"
        )
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        if file is not None:
            prepared = prepare_saved(project, remote, reporter, file)
        else:
            selection = _select(project, paths, only, leave)
            prepared = prepare(project, remote, reporter, selection, _choice(on_conflict))
        asked = _Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=force_limits, expect=expect)
        return _carry_out(project, remote, prepared, asked)


@dataclass(frozen=True)
class _Asked:
    """How a plan is to be carried out, from the options of the command."""

    quiet: bool
    verbose: bool
    as_json: bool
    yes: bool
    force_limits: bool = False
    expect: str | None = None


def _carry_out(project: Project, remote: Freshdesk, prepared: Prepared, asked: _Asked) -> int:
    """Show the plan, hold it against limits and digest, ask, write, and show the result; returns the exit code."""
    from kbsync.apply import exit_code
    from kbsync.commands.prepare import require_digest, require_limits
    from kbsync.commands.publish import publish
    from kbsync.report.outcome import published_json, published_text
    from kbsync.report.plan import plan_text
    from kbsync.report.style import counted

    _show_findings(prepared, quiet=asked.quiet)
    if not asked.as_json and not asked.quiet:
        click.echo(plan_text(prepared.plan, _style(), verbose=asked.verbose))
    require_digest(prepared.saved or prepared.plan, asked.expect)
    if not asked.force_limits:
        require_limits(prepared.plan, project)
    if prepared.plan.pending:
        writes = counted(prepared.plan.cost.writes, "write")
        _ask(f"Send {writes} to {prepared.plan.account}?", yes=asked.yes)
    with _graceful() as stop, _progress(prepared, quiet=asked.quiet or asked.as_json) as progress:
        published = publish(project, remote, prepared, progress=progress, stop=stop)
    if asked.as_json:
        _print_json(published_json(prepared.plan, published))
    else:
        if prepared.saved is not None and prepared.saved.changes and not prepared.plan.changes:
            click.echo("already applied: everything in this plan is done")
        click.echo(published_text(prepared.plan, published, _style()))
        if project.target.kind == "sandbox" and not asked.quiet:
            click.echo("To open these as readers would, start the portal: kbsync sandbox", err=True)
    return exit_code(prepared.plan, published)


@cli.command()
@_project
@_json
def status(directory: Path, config: str | None, target: str | None, quiet: bool, verbose: bool, as_json: bool) -> int:
    """List where each article stands: state, whether readers can open it, and where."""
    from kbsync.commands.prepare import prepare
    from kbsync.commands.project import connect
    from kbsync.report.plan import headline
    from kbsync.report.status import standings, standings_json, standings_text

    project = _open(directory, config, target)
    reporter = _reporter(quiet=quiet, verbose=verbose)
    with connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
    titles = {article.key: article.title for article in prepared.read.desired.articles}
    rows = standings(prepared.plan, titles)
    if as_json:
        _print_json(standings_json(prepared.plan, rows))
    else:
        click.echo("\n".join(filter(None, (standings_text(rows, _style()), headline(prepared.plan, _style())))))
    return 0


@cli.command()
@_project
@click.argument("articles", nargs=-1, metavar="ARTICLE...")
@click.option("--take", type=click.Choice(["local", "live"]), required=True, help="Which side counts.")
@click.option("--all", "every", is_flag=True, help="Settle everything that is in conflict or changed in Freshdesk.")
@click.option("--rewritten", is_flag=True, help="Settle all of which Freshdesk only rewrote the markup.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@_json
def resolve(
    directory: Path,
    config: str | None,
    target: str | None,
    quiet: bool,
    verbose: bool,
    articles: tuple[str, ...],
    take: str,
    every: bool,
    rewritten: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Settle a conflict or a drift: the file over the live text, or the live text into the file.

    ARTICLE is a path, an id or a title. What is overwritten in Freshdesk is saved first; see kbsync restore.
    """
    if rewritten and take != "live":
        raise click.UsageError("--rewritten goes with --take live: there is nothing to overwrite")
    from kbsync.commands.prepare import accept, choose, prepare
    from kbsync.commands.project import connect
    from kbsync.commands.resolve import disputed
    from kbsync.report.style import counted
    from kbsync.state import only_run

    project = _open(directory, config, target)
    reporter = _reporter(quiet=quiet, verbose=verbose)
    asked = _Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=True)
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
        words = tuple(_in_project(word, project) if word.endswith(".md") else word for word in articles)
        keys = disputed(prepared.plan, words, every=every, rewritten=rewritten)
        if take == "local":
            return _carry_out(project, remote, choose(prepared, keys, remote), asked)
        from kbsync.commands.take_live import live_into_files, write_taken

        taken = live_into_files(project, prepared, keys)
        for one in taken:
            click.echo(one.diff(), err=as_json)
            for reason in one.raw:
                click.echo(f"{one.path}: kept as HTML: {reason}", err=True)
        if taken:
            _ask(f"Write this into {counted(len(taken), 'file')}?", yes=yes)
        write_taken(project, taken)
        return _carry_out(project, remote, accept(prepare(project, remote, reporter), keys, remote), asked)


@cli.command()
@_project
@click.argument("article", metavar="ARTICLE")
@click.option("--list", "listing", is_flag=True, help="List the saved versions.")
@click.option("--version", "number", type=int, metavar="N", help="The version to put back (default: the newest).")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@_json
def restore(
    directory: Path,
    config: str | None,
    target: str | None,
    quiet: bool,
    verbose: bool,
    article: str,
    listing: bool,
    number: int | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Put back what was live before an apply. ARTICLE is a path, an id or a title."""
    from kbsync.commands.prepare import prepare
    from kbsync.commands.project import connect
    from kbsync.commands.restore import restore_plan, versions
    from kbsync.report.versions import versions_json, versions_text
    from kbsync.state import only_run

    project = _open(directory, config, target)
    reporter = _reporter(quiet=quiet, verbose=verbose)
    asked = _Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=True)
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
        word = _in_project(article, project) if article.endswith(".md") else article
        entry, kept = versions(project, prepared, word)
        if listing:
            _print_json(versions_json(entry, kept)) if as_json else click.echo(versions_text(entry, kept, _style()))
            return 0
        return _carry_out(project, remote, restore_plan(prepared, entry, kept, number, remote), asked)


@cli.command()
@_directory
@_config
@_target
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


@cli.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
def demo(directory: Path | None) -> int:
    """The first minute without an account: a project, its sandbox, and a plan with some of everything."""
    from kbsync.commands.demo import make_demo
    from kbsync.report.plan import plan_text

    made = make_demo(directory, _reporter(quiet=True, verbose=False))
    for line in made.story:
        click.echo(line)
    click.echo(plan_text(made.plan, _style()))
    for line in made.next_steps:
        click.echo(line)
    return 0


# --- what the commands share ----------------------------------------------------------------------------------


def _open(directory: Path, config: str | None, target: str | None) -> Project:
    from kbsync.commands.project import open_project

    return open_project(directory, config, target)


def _in_project(path: str, project: Project) -> str:
    """A path as typed, relative to the working directory, as the project names it."""
    from kbsync.commands.project import project_path

    return project_path(path, project)


def _select(project: Project, paths: tuple[str, ...], only: tuple[str, ...], leave: tuple[str, ...]) -> Selection:
    from kbsync.plan import Selection

    return Selection(tuple(_in_project(path, project) for path in paths), only, leave)


def _choice(on_conflict: str) -> Literal["skip", "local"]:
    return "local" if on_conflict == "local" else "skip"


def _reporter(*, quiet: bool, verbose: bool) -> Reporter:
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


def _show_findings(prepared: Prepared, *, quiet: bool) -> None:
    from kbsync.report.findings import counts_text, findings_text

    findings = [one for one in prepared.read.findings if one.severity == "error" or not quiet]
    text = findings_text(findings, _style(err=True), notes=False)
    if text:
        click.echo(f"{text}\n{counts_text(prepared.read.findings)}\n", err=True)


def _ask(question: str, *, yes: bool) -> None:
    from kbsync.errors import UsageError

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("kbsync asks before it writes, and this is no terminal", "repeat with --yes")
    click.confirm(question, abort=True, err=True)


@contextmanager
def _graceful() -> Iterator[Callable[[], bool]]:
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
def _progress(prepared: Prepared, *, quiet: bool) -> Iterator[Callable[[Any], None]]:
    """A bar on a terminal, a line for each change elsewhere, nothing where asked to be quiet."""
    from kbsync.report.outcome import outcome_line

    style = _style(err=True)
    if quiet or not prepared.plan.pending:
        yield lambda _: None
    elif sys.stderr.isatty():
        with click.progressbar(length=len(prepared.plan.changes), label="Writing", file=sys.stderr) as bar:
            yield lambda _: bar.update(1)
    else:
        yield lambda outcome: click.echo(outcome_line(outcome, style), err=True) if outcome.change.writes else None


def _print_json(data: object) -> None:
    import json

    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
