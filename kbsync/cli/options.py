"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator."""

    def apply_all(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply_all


directory_option = click.option(
    "-C", "directory", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Run as if started in DIR."
)
config_option = click.option(
    "--config", "-c", metavar="FILE", help="The config file (default: the nearest kbsync.yaml)."
)
target_option = click.option(
    "--target", "-t", metavar="NAME", help="The target (default: default_target of the config)."
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print results and errors only.")
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Print more: every request, all changed lines.")
project_options = options(directory_option, config_option, target_option, quiet_option, verbose_option)
globs = options(
    click.option("--only", multiple=True, metavar="GLOB", help="Look only at articles whose path matches."),
    click.option("--except", "leave", multiple=True, metavar="GLOB", help="Leave out articles whose path matches."),
)
selection_options = options(click.argument("paths", nargs=-1, metavar="[PATHS]..."), globs)
on_conflict_option = click.option(
    "--on-conflict",
    type=click.Choice(["skip", "local"]),
    default="skip",
    help="local: overwrite what was edited in Freshdesk; its text is saved first.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
