"""A project and the target it is run against."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kbsync.config import Config, Target
from kbsync.errors import UsageError
from kbsync.findings import did_you_mean
from kbsync.freshdesk import Freshdesk
from kbsync.workspace import find_project, read_config, state_dir


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a `kbsync.yaml`, and the target that this run is about."""

    root: Path
    config: Config
    target: Target

    @property
    def agent_url(self) -> str:
        """Where agents work: the API's host."""
        return self.target.api_url.removesuffix("/api/v2")


@dataclass(frozen=True, slots=True)
class Reporter:
    """Where a long run tells what it does: a stage begins, a request was sent, a wait begins."""

    stage: Callable[[str], None] = lambda _: None
    request: Callable[[str], None] | None = None
    wait: Callable[[float, str], None] = field(default=lambda _seconds, _why: None)


def open_project(start: Path, config: str | None = None, target: str | None = None) -> Project:
    """The project around `start`. Raises UsageError where there is none or the target is unknown, InvalidSource."""
    file = find_project(start, config)
    settings = read_config(file)
    name = target or settings.default_target
    if name not in settings.targets:
        choices = ", ".join(settings.targets)
        raise UsageError(f"there is no target {name!r}{did_you_mean(name, settings.targets)}", f"targets: {choices}")
    return Project(file.parent, settings, settings.targets[name])


@contextlib.contextmanager
def connect(project: Project, reporter: Reporter) -> Iterator[Freshdesk]:
    """The project's target, ready to be asked. Raises UsageError where the key is not in the environment."""
    target = project.target
    with contextlib.ExitStack() as stack:
        transport = None
        if target.kind == "sandbox":
            from kbsync.commands.local import open_sandbox
            from kbsync.sandbox import KEYS
            from kbsync.sandbox.inprocess import InProcess

            sandbox = stack.enter_context(open_sandbox(sandbox_file(project), target))
            transport, key = InProcess(sandbox), KEYS["admin"]
        else:
            key = _key(target)
        yield stack.enter_context(
            Freshdesk(
                target.api_url,
                key,
                portal_url=target.portal_url,
                language=project.config.language,
                quota_share=target.quota_share,
                timeout=target.timeout_seconds,
                transport=transport,
                on_wait=reporter.wait,
                log=reporter.request,
            )
        )


def project_path(path: str, project: Project) -> str:
    """A path as typed in the working directory as the project names it: relative to its folder, posix.

    A path that is written as the project names it already counts as well, as with `-C`.
    """
    typed = Path(path)
    here = Path(os.path.normpath(Path.cwd() / typed))
    if here.exists() and here.is_relative_to(project.root):
        return here.relative_to(project.root).as_posix()
    return Path(os.path.normpath(typed)).as_posix()


def sandbox_file(project: Project) -> Path:
    """Where an embedded sandbox keeps its data."""
    return state_dir(project.root, project.target.name) / "sandbox.db"


def _key(target: Target) -> str:
    key = os.environ.get(target.api_key_env, "").strip()
    if not key:
        raise UsageError(
            f"target {target.name} needs an API key, and {target.api_key_env} is not set",
            f"put the key of a Freshdesk agent into the environment: export {target.api_key_env}=…",
        )
    return key
