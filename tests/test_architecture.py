"""The house (design 7): imports run downward only, the core has no I/O and no clock, and rooms stay small.

`FLOORS` is the floor plan. A room imports from those that stand before it, on its own floor or below; the rooms of
floor 3 know nothing of each other. A new room is given its place here first.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "kbsync"

# From the ground up: the words of the trade; values and their text forms; the work, each room by itself;
# results as text; one function per command; the command line.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("findings", "model", "html", "errors", "links", "fingerprint", "rule"),
    (
        *("source", "schema", "config", "importer"),
        *("lock", "plan", "planfile", "journal", "remote"),
    ),
    ("workspace", "state", "render", "freshdesk", "diff", "apply"),
    ("report",),
    ("commands",),
    ("cli", "__main__"),
)
ORDER = [room for floor in FLOORS for room in floor]
APART = "sandbox"  # stands on none: only commands open it, and it opens nothing

# What `state` remembers lies in the folders that `workspace` knows.
NEIGHBOURS = {("state", "workspace")}

# No disk, no network, no clock, no chance.
PURE = {*FLOORS[0], *FLOORS[1], "diff", "render", "report"}
CLOCKS = {"time", "sched"}
CLOCK_CALLS = {"now", "utcnow", "today"}
WORLD = {
    *("os", "io", "pathlib", "shutil", "tempfile", "glob", "fcntl", "mmap", "sqlite3", "subprocess", "importlib"),
    *("socket", "ssl", "http", "httpx", "urllib.request", "asyncio", "threading", "concurrent", "multiprocessing"),
    *("random", "secrets", "logging", "rich", "click", "starlette", "uvicorn", "watchdog"),
}
WORLDLY_CALLS = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}

DISK_ROOMS = {"workspace", "state", APART}
DISK_CALLS = {
    *("open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "makedirs"),
    *("unlink", "remove", "rmdir", "rmtree", "copytree", "symlink_to", "iterdir", "rglob", "scandir", "listdir"),
}
# Both make a folder for somebody who has no project yet.
DISK_COMMANDS = {"kbsync.commands.start", "kbsync.commands.demo"}

HTTPX_MODULES = {"kbsync.sandbox.inprocess"}

HEAVY = {
    *("httpx", "pydantic", "rich", "starlette", "uvicorn", "markdown_it", "mdit_py_plugins", "turbohtml", "jinja2"),
    *("yaml", "frontmatter", "pygments", "watchdog", "sqlite3", "asyncio"),
}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Files that were let grow, and how far: commands declare many options. Whoever parts one takes it out.
GROWN: dict[str, int] = {}


def name_of(path: Path) -> str:
    """The dotted name of a module's file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def where(module: str, node: ast.AST) -> str:
    return f"{MODULES[module].relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def room(module: str) -> str:
    """The room of a module of kbsync; "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def imports(module: str) -> Iterator[tuple[ast.AST, str]]:
    """All that a module imports, wherever in it: also in functions, for type hints only, and by name."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield node, deeper if deeper in MODULES else "." * node.level + (node.module or "")
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            yield from ((node, str(one.value)) for one in node.args[:1] if isinstance(one, ast.Constant))


def own_imports(module: str) -> Iterator[tuple[ast.AST, str]]:
    return ((node, name) for node, name in imports(module) if name == "kbsync" or name.startswith("kbsync."))


def called(node: ast.Call) -> str:
    """`open` for `open(...)` and for `path.open(...)`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_one_of(name: str, names: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in names)


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS, 1) if name in rooms)


# --- the floors -------------------------------------------------------------------------------------------------


def test_every_room_has_its_place() -> None:
    built = {room(module) for module in MODULES} - {""}
    assert built == {*ORDER, APART}, "the floor plan and the package differ: place the room in FLOORS, or take it out"


def test_imports_run_downward() -> None:
    wrong = []
    for module in MODULES:
        here = room(module)
        for node, name in own_imports(module):
            there = room(name)
            if here not in ORDER or there in {here, APART, ""}:
                continue  # see the tests around
            if there not in ORDER[: ORDER.index(here)]:
                wrong.append(
                    f"{where(module, node)} imports {name}: {there or 'the package'} does not stand below {here}"
                )
    assert wrong == []


def test_the_rooms_of_the_third_floor_know_nothing_of_each_other() -> None:
    wrong = []
    for module in MODULES:
        for node, name in own_imports(module):
            here, there = room(module), room(name)
            if {here, there} <= set(FLOORS[2]) and here != there and (here, there) not in NEIGHBOURS:
                wrong.append(f"{where(module, node)} imports {name}")
    assert wrong == []


def test_the_sandbox_stands_apart() -> None:
    wrong = []
    for module in MODULES:
        for node, name in own_imports(module):
            out = room(module) == APART and room(name) != APART
            into = room(module) not in {APART, "commands"} and room(name) == APART
            if out or into:
                wrong.append(f"{where(module, node)} imports {name}")
    assert wrong == []


def test_the_package_itself_is_empty_of_imports() -> None:
    assert list(own_imports("kbsync")) == []


def test_there_is_no_cycle() -> None:
    graph = {module: {name for _, name in own_imports(module)} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_imports_are_absolute() -> None:
    assert [
        f"{where(module, node)} {name}" for module in MODULES for node, name in imports(module) if name[0] == "."
    ] == []


# --- what a room may reach --------------------------------------------------------------------------------------


def test_the_core_has_no_io_and_no_clock() -> None:
    wrong = []
    for module in MODULES:
        if room(module) in PURE:
            wrong += [
                f"{where(module, node)} {name}" for node, name in imports(module) if is_one_of(name, WORLD | CLOCKS)
            ]
            wrong += [
                f"{where(module, node)} {ast.unparse(node)}" for node in ast.walk(tree(module)) if is_worldly(node)
            ]
    assert wrong == []


def is_worldly(node: ast.AST) -> bool:
    """True for `open(...)`, `print(...)`, `datetime.now()` and their like; a method of that name is our own."""
    if not isinstance(node, ast.Call):
        return False
    return called(node) in (WORLDLY_CALLS if isinstance(node.func, ast.Name) else CLOCK_CALLS)


def test_apply_is_handed_the_world() -> None:
    wrong = [f"{where(module, node)} imports {name}" for module in MODULES if room(module) == "apply"
             for node, name in imports(module) if is_one_of(name, WORLD)]  # fmt: skip
    assert wrong == []


def test_only_the_freshdesk_room_speaks_http() -> None:
    wrong = [f"{where(module, node)} imports {name}" for module in MODULES
             if room(module) != "freshdesk" and module not in HTTPX_MODULES
             for node, name in imports(module) if is_one_of(name, {"httpx"})]  # fmt: skip
    assert wrong == []


def opens(node: ast.AST) -> bool:
    """True for a call that reaches the disk, as the name says; `os.open(os.devnull)` does not."""
    if not isinstance(node, ast.Call) or "devnull" in ast.unparse(node):
        return False
    return called(node) in (DISK_CALLS if isinstance(node.func, ast.Attribute) else {"open"})


def test_only_the_workspace_touches_the_disk() -> None:
    wrong = []
    for module in MODULES:
        if room(module) in {*DISK_ROOMS, *PURE} or module in DISK_COMMANDS:
            continue
        wrong += [f"{where(module, node)} calls {ast.unparse(node)}" for node in ast.walk(tree(module)) if opens(node)]
    assert wrong == []


@pytest.mark.parametrize("arguments", [("-c", "import kbsync.cli"), ("-m", "kbsync", "--help")])
def test_the_command_line_starts_light(arguments: tuple[str, ...]) -> None:
    assert sorted(name for name in loaded_by(*arguments) if is_one_of(name, HEAVY)) == []


def test_the_version_is_told_without_the_command_line() -> None:
    loaded = loaded_by("-m", "kbsync", "--version")
    assert not loaded & {"kbsync.cli", "click", "importlib.metadata"}


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a new Python imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


# --- sizes and names --------------------------------------------------------------------------------------------


def test_files_are_short() -> None:
    wrong = []
    for module, path in MODULES.items():
        name = path.relative_to(ROOT).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines()) - sum(table_lines(module))
        if lines >= GROWN.get(name, LONGEST_FILE):
            wrong.append(f"{name} has {lines} lines besides its tables")
    assert wrong == []


def table_lines(module: str) -> Iterator[int]:
    """The lines of each constant that is written as a table: a file of rows may be long."""
    for node in tree(module).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
            node.value, ast.Dict | ast.Set | ast.Tuple | ast.List
        ):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_are_short() -> None:
    wrong = []
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines >= LONGEST_FUNCTION:
                    wrong.append(f"{where(module, node)} {node.name} has {lines} lines")
    assert wrong == []


def test_what_is_public_says_what_it_is() -> None:
    wrong = []
    for module in MODULES:
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        public = [node for node in tree(module).body if isinstance(node, kinds) and not node.name.startswith("_")]
        wrong += [f"{where(module, node)} {node.name}" for node in public if not ast.get_docstring(node)]
        if not ast.get_docstring(tree(module)):
            wrong.append(f"{where(module, tree(module))} the module")
    assert wrong == []


def test_no_room_is_a_drawer() -> None:
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "misc", "base", "core_utils", "shared"}
    assert [module for module in MODULES if drawers & set(module.split("."))] == []
