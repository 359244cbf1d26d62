"""The commands that only read: check, plan, status."""

from __future__ import annotations

from pathlib import Path

import click

from kbsync.cli.options import json_option, on_conflict_option, project_options, selection_options
from kbsync.cli.session import (
    choice,
    in_project,
    open_target,
    print_json,
    reporter_for,
    select,
    show_findings,
    style_for,
)


@click.command()
@project_options
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

    project = open_target(directory, config, target)
    findings, articles = check_project(project, tuple(in_project(path, project) for path in paths))
    if as_json or form == "json":
        print_json(findings_json(findings, articles))
    else:
        text = findings_text(findings, style_for(), notes=verbose)
        click.echo("\n".join(filter(None, (text, f"{counted(articles, 'article')}, {counts_text(findings)}"))))
    failing = {"error", "warning"} if strict else {"error"}
    return int(any(one.severity in failing for one in findings))


@click.command()
@project_options
@selection_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the plan.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@on_conflict_option
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

    project = open_target(directory, config, target)
    reporter = reporter_for(quiet=quiet, verbose=verbose)
    with connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter, select(project, paths, only, leave), choice(on_conflict))
    show_findings(prepared, quiet=quiet)
    if out is not None:
        save_plan(prepared.plan, out)
    if as_json or form == "json":
        print_json(plan_to_json(prepared.plan))
    else:
        click.echo(plan_text(prepared.plan, style_for(), verbose=verbose))
    return exit_code(prepared.plan, changes_matter=changes_matter)


@click.command()
@project_options
@json_option
def status(directory: Path, config: str | None, target: str | None, quiet: bool, verbose: bool, as_json: bool) -> int:
    """List where each article stands: state, whether readers can open it, and where."""
    from kbsync.commands.prepare import prepare
    from kbsync.commands.project import connect
    from kbsync.report.plan import headline
    from kbsync.report.status import standings, standings_json, standings_text

    project = open_target(directory, config, target)
    reporter = reporter_for(quiet=quiet, verbose=verbose)
    with connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
    titles = {article.key: article.title for article in prepared.read.desired.articles}
    rows = standings(prepared.plan, titles)
    if as_json:
        print_json(standings_json(prepared.plan, rows))
    else:
        click.echo("\n".join(filter(None, (standings_text(rows, style_for()), headline(prepared.plan, style_for())))))
    return 0
