"""`kbsync demo`: the first minute without an account.

A project is published into its sandbox; then a colleague edits two articles in the web editor and a writer
edits some files, so that the plan has some of everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kbsync.commands.local import open_sandbox
from kbsync.commands.prepare import prepare
from kbsync.commands.project import Project, Reporter, connect, open_project, sandbox_file
from kbsync.commands.publish import publish
from kbsync.commands.start import start
from kbsync.errors import UsageError
from kbsync.plan import Plan
from kbsync.state import read_lock

DEFAULT_FOLDER = "kbsync-demo"

_START = "content/Getting started/First steps"
_ACCOUNT = "content/Using Acme/Your account"
# What the writer does: file, text, its replacement.
_EDITS = (
    (f"{_START}/create-your-account.md", "It works for one hour.", "It works for two hours."),
    (f"{_ACCOUNT}/change-your-password.md", "then the new one twice.", "then the new one."),
    (f"{_ACCOUNT}/close-your-account.md", "after 30 days.", "after 14 days."),
)
_NEW = (
    f"{_ACCOUNT}/two-step-sign-in.md",
    "---\ntitle: Turn on two-step sign-in\ntags: [account]\n---\n\n"
    "1. Open **Profile**, then **Security**.\n2. Scan the code with an authenticator app.\n\n"
    "See also [Change your password](change-your-password.md).\n",
)
# What the colleague does in the web editor: file of the article, text, its replacement.
_WEB_EDITS = (
    (f"{_ACCOUNT}/invite-your-team.md", "good for a week", "good for ten days"),
    (f"{_ACCOUNT}/close-your-account.md", "after 30 days.", "after 60 days."),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was set up, the plan that shows it, and what to try next."""

    story: tuple[str, ...]
    plan: Plan
    next_steps: tuple[str, ...]


def make_demo(directory: Path | None, reporter: Reporter) -> Demo:
    """Set up the demo in `directory` (default: a new folder here). Raises UsageError where there is something."""
    folder = Path(DEFAULT_FOLDER) if directory is None else directory
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", "delete it, or give another folder: kbsync demo DIR")
    articles = sum(path.suffix == ".md" and path.name != "_index.md" for path in start(folder))
    project = open_project(folder)
    with connect(project, reporter) as remote:
        publish(project, remote, prepare(project, remote, reporter))
    _edit_in_the_web(project)
    for path, old, new in _EDITS:
        file = folder / path
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    (folder / _NEW[0]).write_text(_NEW[1], "utf-8")
    with connect(project, reporter) as remote:
        plan = prepare(project, remote, reporter).plan
    return Demo(_story(folder, articles), plan, _next_steps(folder))


def _edit_in_the_web(project: Project) -> None:
    with open_sandbox(sandbox_file(project), project.target) as sandbox:
        entries = read_lock(project.root, project.target, "").by_path()
        for path, old, new in _WEB_EDITS:
            id = entries["article", path, project.config.language].id
            article = sandbox.store.article(id, project.config.language)
            if article is None:
                raise UsageError(f"the sandbox lost {path}", "delete the folder and start the demo again")
            sandbox.people.edit_article(id, body=article.body.replace(old, new))


def _story(folder: Path, articles: int) -> tuple[str, ...]:
    return (
        f"A help centre of {articles} articles is now in {folder}/, and published into its sandbox, a local Freshdesk.",
        "Since then a writer changed three files and added one, and a colleague edited two articles in the web editor.",
        "This is what kbsync plan says:",
        "",
    )


def _next_steps(folder: Path) -> tuple[str, ...]:
    return (
        "",
        "What to try:",
        f"  cd {folder}",
        "  kbsync apply                        writes what is safe; the colleague's edits stay",
        "  kbsync apply --on-conflict local    overwrites the conflict with the file, and saves the other text first",
        "  kbsync sandbox                      the help centre as readers see it",
    )
