"""The commands that write to Freshdesk: apply, resolve, restore."""

from __future__ import annotations

from pathlib import Path

import click

from kbsync.cli.options import globs, json_option, on_conflict_option, project_options
from kbsync.cli.session import (
    Asked,
    ask,
    carry_out,
    choice,
    in_project,
    open_target,
    print_json,
    reporter_for,
    select,
    style_for,
)


@click.command()
@project_options
@click.argument("paths", nargs=-1, metavar="[PLANFILE | PATHS...]")
@globs
@json_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@click.option("--expect", metavar="DIGEST", help="Write only if the plan has this digest.")
@click.option("--force-limits", is_flag=True, help="Write a plan larger than policy allows.")
@on_conflict_option
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

    project = open_target(directory, config, target)
    reporter = reporter_for(quiet=quiet, verbose=verbose)
    file = plan_file(paths)
    if file is not None and (only or leave or on_conflict != "skip"):
        raise click.UsageError(
            "a saved plan is applied as it is: --only, --except and --on-conflict go with kbsync plan"
        )
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        if file is not None:
            prepared = prepare_saved(project, remote, reporter, file)
        else:
            selection = select(project, paths, only, leave)
            prepared = prepare(project, remote, reporter, selection, choice(on_conflict))
        asked = Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=force_limits, expect=expect)
        return carry_out(project, remote, prepared, asked)


@click.command()
@project_options
@click.argument("articles", nargs=-1, metavar="ARTICLE...")
@click.option("--take", type=click.Choice(["local", "live"]), required=True, help="Which side counts.")
@click.option("--all", "every", is_flag=True, help="Settle everything that is in conflict or changed in Freshdesk.")
@click.option("--rewritten", is_flag=True, help="Settle all of which Freshdesk only rewrote the markup.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@json_option
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
    from kbsync.report.style import counted, harmless, plain
    from kbsync.state import only_run

    project = open_target(directory, config, target)
    reporter = reporter_for(quiet=quiet, verbose=verbose)
    asked = Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=True)
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
        words = tuple(in_project(word, project) if word.endswith(".md") else word for word in articles)
        keys = disputed(prepared.plan, words, every=every, rewritten=rewritten)
        if take == "local":
            return carry_out(project, remote, choose(prepared, keys, remote), asked)
        from kbsync.commands.take_live import live_into_files, write_taken

        taken = live_into_files(project, prepared, keys)
        for one in taken:
            click.echo(harmless(one.diff()), err=as_json)
            for reason in one.raw:
                click.echo(plain(f"{one.path}: kept as HTML: {reason}"), err=True)
        if taken:
            ask(f"Write this into {counted(len(taken), 'file')}?", yes=yes)
        write_taken(project, taken)
        return carry_out(project, remote, accept(prepare(project, remote, reporter), keys, remote), asked)


@click.command()
@project_options
@click.argument("article", metavar="ARTICLE")
@click.option("--list", "listing", is_flag=True, help="List the saved versions.")
@click.option("--version", "number", type=int, metavar="N", help="The version to put back (default: the newest).")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before writing.")
@json_option
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

    project = open_target(directory, config, target)
    reporter = reporter_for(quiet=quiet, verbose=verbose)
    asked = Asked(quiet=quiet, verbose=verbose, as_json=as_json, yes=yes, force_limits=True)
    with only_run(project.root, project.target), connect(project, reporter) as remote:
        prepared = prepare(project, remote, reporter)
        word = in_project(article, project) if article.endswith(".md") else article
        entry, kept = versions(project, prepared, word)
        if listing:
            print_json(versions_json(entry, kept)) if as_json else click.echo(versions_text(entry, kept, style_for()))
            return 0
        return carry_out(project, remote, restore_plan(prepared, entry, kept, number, remote), asked)
