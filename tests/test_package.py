"""The wheel, as a user installs it: built here, offline, and looked into."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from kbsync import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = [path for path in wheel.namelist() if path.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def fields(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(metadata(wheel, "METADATA"))


def test_every_file_of_the_package_is_in_it(wheel: zipfile.ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if name.startswith("kbsync/")}
    here = {path.relative_to(ROOT) for path in (ROOT / "kbsync").rglob("*") if path.is_file()}
    assert shipped == {path.as_posix() for path in here if not any(is_made(part) for part in path.parts)}


def is_made(part: str) -> bool:
    """True for what running and testing leave behind."""
    return part.startswith(".") or part == "__pycache__"


@pytest.mark.parametrize(
    "pattern",
    [
        "py.typed",
        "starter/kbsync.yaml",
        "starter/gitignore",
        "starter/content/*.md",
        "sandbox/portal/static/*.css",
        "sandbox/portal/templates/*.html",
    ],
)
def test_what_is_no_python_is_in_it(wheel: zipfile.ZipFile, pattern: str) -> None:
    assert [name for name in wheel.namelist() if fnmatchcase(name, f"kbsync/{pattern}")]


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0] for name in wheel.namelist()} == {"kbsync", f"kbsync-{__version__}.dist-info"}


def test_it_has_the_command(wheel: zipfile.ZipFile) -> None:
    assert metadata(wheel, "entry_points.txt").split() == ["[console_scripts]", "kbsync", "=", "kbsync.__main__:main"]


def test_its_metadata_are_whole(wheel: zipfile.ZipFile) -> None:
    known = fields(wheel)
    assert known["Name"] == "kbsync"
    assert known["Version"] == __version__
    assert known["Requires-Python"] == ">=3.11"
    assert known["License-Expression"] == "MIT"
    assert "MIT License" in metadata(wheel, "licenses/LICENSE")
    assert known["Description-Content-Type"] == "text/markdown"
    assert len(known.get_payload()) > 1000, "the README is the page that a registry shows"
    # What only developers need is asked for by an extra.
    assert not [line for line in known.get_all("Requires-Dist", []) if "pytest" in line and "extra ==" not in line]


def test_the_wheel_runs_without_its_repository(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    code = "import runpy, sys; sys.path.insert(0, 'site'); sys.argv = ['kbsync', *sys.argv[1:]]; " \
           "runpy.run_module('kbsync', run_name='__main__')"  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run("--version") == f"kbsync {__version__}\n"
    assert "kbsync.yaml" in run("init", "project")
    assert (tmp_path / "project" / ".gitignore").exists()
    assert "no findings" in run("check", "-C", "project")
