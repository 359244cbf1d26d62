"""What is written about kbsync is true: every command, option, key, switch and finding is in the guide, and every
example plan is what the program prints.

Some parts of the pages are made here: `python -m tests.test_docs` writes them anew, and the tests fail where a page
no longer says what this file would write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote

import click
import pytest
from click.testing import CliRunner

from kbsync.cli import cli
from kbsync.commands.check import check_project
from kbsync.commands.project import open_project
from kbsync.findings import RULES
from kbsync.plan import ACTIONS
from kbsync.sandbox.switches import DEFAULTS, Switches, switches_as_json
from kbsync.schema import AssetsShape, PolicyShape, ProjectShape, RenderShape, Shape, TargetShape
from kbsync.source.document import OURS, SEO
from kbsync.source.index import INDEX_OF, VISIBILITY

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "content" / "4-reference"
COMMANDS = REFERENCE / "commands" / "commands.md"
CONFIGURATION = REFERENCE / "settings" / "configuration.md"
FRONT_MATTER = REFERENCE / "settings" / "front-matter.md"
FINDINGS = REFERENCE / "errors" / "findings.md"
SANDBOX = REFERENCE / "sandbox" / "sandbox.md"
READ_A_PLAN = ROOT / "content" / "3-publish" / "plan-and-apply" / "read-a-plan.md"
FIRST_MINUTE = ROOT / "content" / "1-start" / "first-steps" / "first-minute.md"
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"

PUBLISHES = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/kbsync apply --yes"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest"

_CONTEXT = click.Context(cli)
COMMANDS_BY_NAME = {
    name: command for name in cli.list_commands(_CONTEXT) if (command := cli.get_command(_CONTEXT, name))
}

_AGAIN = "write the page anew: python -m tests.test_docs"


# --- commands and options -------------------------------------------------------------------------------------


def options() -> Iterator[tuple[str, str]]:
    """Every command with each name of each of its options."""
    for name, command in sorted(COMMANDS_BY_NAME.items()):
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                yield name, option


@pytest.mark.parametrize("name", sorted(COMMANDS_BY_NAME))
def test_every_command_has_a_section(name: str) -> None:
    assert re.search(rf"^## kbsync {name}\b.*\{{#{name}\}}$", _text(COMMANDS), re.M)


@pytest.mark.parametrize(("name", "option"), list(options()))
def test_every_option_is_in_the_section_of_its_command_or_among_the_common_ones(name: str, option: str) -> None:
    sections = _sections(_text(COMMANDS))
    shared = sections["common"] + (sections["selection"] if name in ("plan", "apply") else "")
    assert re.search(rf"`{re.escape(option)}[ `]", sections[name] + shared), f"{option} of {name}"


def test_no_option_is_in_the_reference_that_the_program_does_not_have() -> None:
    known = {option for _, option in options()} | {"-h", "--help", "--version"}
    named = set(re.findall(r"`(--?[A-Za-z][a-z-]*)[ `]", _text(COMMANDS)))
    assert named - known == set()


def test_every_command_line_in_the_guide_can_be_parsed() -> None:
    """Commands in console blocks name commands and options that exist."""
    wrong = []
    for page in (README, *sorted((ROOT / "content").rglob("*.md"))):
        for line in _commands(_text(page)):
            name, *arguments = line.split()[1:]
            if name.startswith("-"):
                continue
            known = {option for parameter in COMMANDS_BY_NAME[name].params for option in parameter.opts}
            wrong += [f"{page.name}: {line}" for one in arguments if one.startswith("-") and one not in known]
    assert wrong == []


# --- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "shape"),
    [
        ("top-level", ProjectShape),
        ("targets", TargetShape),
        ("assets", AssetsShape),
        ("policy", PolicyShape),
        ("render", RenderShape),
    ],
)
def test_the_config_reference_has_exactly_the_keys_there_are(section: str, shape: type[Shape]) -> None:
    assert _keys(_sections(_text(CONFIGURATION))[section]) == sorted(shape.model_fields)


@pytest.mark.parametrize(
    ("section", "shape"), [("targets", TargetShape), ("policy", PolicyShape), ("render", RenderShape)]
)
def test_the_config_reference_gives_the_defaults(section: str, shape: type[Shape]) -> None:
    rows = _rows(_sections(_text(CONFIGURATION))[section])
    for key, default in ((name, field.default) for name, field in shape.model_fields.items()):
        if isinstance(default, bool | str | float | int):
            assert f"`{_word(default)}`" in rows[key], key


def test_every_value_that_a_setting_can_have_is_explained() -> None:
    text = _text(CONFIGURATION)
    for shape in (TargetShape, AssetsShape, PolicyShape, RenderShape):
        for key, field in shape.model_fields.items():
            missing = [word for word in get_args(field.annotation) if isinstance(word, str) and f"`{word}`" not in text]
            assert missing == [], key


def test_the_front_matter_reference_has_exactly_the_keys_there_are() -> None:
    sections = _sections(_text(FRONT_MATTER))
    assert _keys(sections["article"]) == sorted((*OURS, *(f"seo.{key}" for key in SEO)))
    assert sorted(set(_keys(sections["index"]))) == sorted({*INDEX_OF["category"], *INDEX_OF["folder"]})
    assert [word for word in VISIBILITY if f"`{word}`" not in sections["index"]] == []


# --- pages that are made --------------------------------------------------------------------------------------


def findings_tables() -> str:
    """Every rule with its severity, its message and what to do, in groups."""
    groups: dict[str, list[str]] = {}
    for rule in sorted(RULES):
        groups.setdefault(_group(rule), []).append(rule)
    order = [title for title, _ in _GROUPS] + [_REST]
    return "\n\n".join(f"## {title}\n\n{_table_of(groups[title])}" for title in order if title in groups)


_REST = "Files, folders and front matter"
_GROUPS = (
    ("kbsync.yaml", ("config",)),
    ("YAML", ("yaml",)),
    ("Links", ("link", "anchor")),
    ("Images and files", ("image", "file", "asset")),
    ("HTML, headings and code", ("html", "iframe", "code", "heading", "nesting")),
    ("Templates", ("template",)),
)


def _group(rule: str) -> str:
    prefix = rule.partition("-")[0]
    return next((title for title, prefixes in _GROUPS if prefix in prefixes), _REST)


def _table_of(rules: list[str]) -> str:
    rows = [f"| `{name}` | {RULES[name].severity} | {_shown(name)} |" for name in rules]
    return "\n".join(("| Finding | Kind | What it says, and what to do |", "| --- | --- | --- |", *rows))


def _shown(name: str) -> str:
    message, hint = (_cell(_filled(text)) for text in (RULES[name].message, RULES[name].hint))
    return f"{message}<br>→ {hint}" if hint.strip("… ") else message


class _Dots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "" if key in ("near", "guess") else "…"


def _filled(template: str) -> str:
    return template.format_map(_Dots())


def _cell(text: str) -> str:
    """Text for a cell of a table, so that nothing in it is taken for Markdown or HTML outside `code`."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    return "".join(part if part.startswith("`") else re.sub(r"([*_<\[\]#])", r"\\\1", part) for part in parts)


def switches_table() -> str:
    """Every switch with its values, the default first."""
    rows = ["| Switch | Values | What it decides |", "| --- | --- | --- |"]
    defaults, hints = switches_as_json(DEFAULTS), get_type_hints(Switches)
    for name, comment in _comments():
        rows.append(f"| `{name}` | {_values(hints[name], defaults[name])} | {_cell(comment)} |")
    return "\n".join(rows)


def _values(hint: Any, default: Any) -> str:
    words = [str(default).lower() if isinstance(default, bool) else default]
    if get_origin(hint) is not tuple and get_args(hint):
        words += [word for word in get_args(hint) if word != default]
    if isinstance(default, bool):
        words.append(str(not default).lower())
    if isinstance(default, list):
        words = [",".join(default)]
    return ", ".join(f"`{word}`" for word in words) if words != [""] else "a list with commas"


def _comments() -> Iterator[tuple[str, str]]:
    """The switches in the order of their source, each with the comment above it."""
    comment, name = "", ""
    for line in (ROOT / "kbsync" / "sandbox" / "switches.py").read_text("utf-8").splitlines():
        if line.startswith("    # "):
            comment = f"{comment} {line.strip('# ')}".strip() if not name else line.strip("# ")
            name = ""
        elif (match := re.match(r"    (\w+): .* = ", line)) and match[1] in Switches.__dataclass_fields__:
            name = match[1]
            yield name, _plain(comment)
        elif line.startswith("DEFAULTS"):
            return


def _plain(comment: str) -> str:
    text = re.sub(r"^\d+: ", "", comment)
    text = re.sub(r" ?\((?:sheet|sections?) [^)]*\)|, beyond those of section [\d.]+", "", text)
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def demo_plan() -> str:
    """What `kbsync demo` prints between its story and what to try."""
    with TemporaryDirectory() as folder, chdir(folder):
        result = CliRunner().invoke(cli, ["demo"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    lines = result.stdout.rstrip().split("\n")
    begin = next(at for at, line in enumerate(lines) if line.startswith(tuple("+~")))
    end = next(at for at, line in enumerate(lines) if line.startswith("What to try"))
    plan = "\n".join(lines[begin:end]).strip("\n")
    # The digest covers the times of the live articles, so it is another one each time.
    plan = re.sub(r"digest [0-9a-f]{64}", "digest 4b1d9a…", plan)
    return f"```text\n{plan}\n```"


MADE = {
    FINDINGS: ("findings", findings_tables),
    SANDBOX: ("switches", switches_table),
    READ_A_PLAN: ("demo:plan", demo_plan),
    FIRST_MINUTE: ("demo:plan", demo_plan),
    README: ("demo:plan", demo_plan),
}


def test_the_findings_page_lists_every_rule_as_it_is() -> None:
    assert _made(FINDINGS) == findings_tables(), _AGAIN


def test_the_sandbox_page_lists_every_switch_as_it_is() -> None:
    assert _made(SANDBOX) == switches_table(), _AGAIN
    assert [name for name in Switches.__dataclass_fields__ if f"| `{name}` |" not in _text(SANDBOX)] == []


def test_the_example_plans_are_what_the_demo_prints() -> None:
    wanted = demo_plan()
    assert [page.name for page in (README, READ_A_PLAN, FIRST_MINUTE) if _made(page) != wanted] == [], _AGAIN


def test_every_action_of_a_plan_is_explained() -> None:
    changes = _sections(_text(READ_A_PLAN))["changes"]
    assert [action for action in ACTIONS if f"| {action} |" not in changes] == []


# --- the guide, the README and the rest -----------------------------------------------------------------------


def test_the_guide_has_no_errors_and_no_warnings() -> None:
    findings, articles = check_project(open_project(ROOT))
    assert [f"{one.place} {one.message}" for one in findings if one.severity != "note"] == []
    assert articles >= 12


def test_the_example_of_a_finding_is_what_check_prints(tmp_path: Path) -> None:
    article = tmp_path / "content/Billing/Payments/refund.md"
    article.parent.mkdir(parents=True)
    article.write_text("---\nstatus: published\ndraft: true\n---\n# Refunds\n\nOpen **Billing**.\n", "utf-8")
    (tmp_path / "kbsync.yaml").write_text("version: 1\ntargets:\n  sandbox: {kind: sandbox}\n", "utf-8")
    result = CliRunner().invoke(cli, ["check", "-C", str(tmp_path)], standalone_mode=False)
    example = re.findall(r"^```text\n(.*?)^```", _text(FINDINGS), re.M | re.S)[0]
    assert result.stdout.startswith(example)
    assert result.return_value == 1


@pytest.mark.parametrize("command", [PUBLISHES, TESTS])
def test_the_readme_has_the_two_commands_in_code_blocks(command: str) -> None:
    assert command in "\n".join(re.findall(r"^```\w*\n(.*?)^```", _text(README), re.M | re.S))


@pytest.mark.parametrize("page", [README, CONTRIBUTING, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(<?([^)>#]+)", _text(page))
    local = [unquote(target) for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_floor_plan_names_every_room() -> None:
    rooms = {path.stem for path in (ROOT / "kbsync").iterdir() if path.is_dir() or path.suffix == ".py"}
    rooms -= {"__init__", "__pycache__", "starter"}
    assert [room for room in sorted(rooms) if f"`{room}`" not in _text(CONTRIBUTING)] == []


# --- reading pages --------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _sections(text: str) -> dict[str, str]:
    """The text below each `##` heading, by its id or slug."""
    parts = re.split(r"^## (.*)$", text, flags=re.M)
    return {_id(heading): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def _id(heading: str) -> str:
    match = re.search(r"\{#([\w-]+)\}", heading)
    return match[1] if match else heading.lower().replace(" ", "-")


def _rows(text: str) -> dict[str, str]:
    return {match[1]: match[0] for match in re.finditer(r"^\| `([\w.]+)` \|.*$", text, re.M)}


def _keys(text: str) -> list[str]:
    return sorted(re.findall(r"^\| `([\w.]+)` \|", text, re.M))


def _word(value: bool | str | float) -> str:
    """A value as it is written in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


def _commands(text: str) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.split("\n") if line.startswith("$ ")]
    return [line.partition(" > ")[0] for line in lines if line.startswith("kbsync ")]


def _made(page: Path) -> str:
    """What stands between the marks of the part that is made."""
    name, _ = MADE[page]
    match = re.search(rf"<!-- {name} -->\n\n(.*?)\n\n<!-- /{name} -->", _text(page), re.S)
    return match[1] if match else ""


def write_pages() -> None:
    """Write the parts that are made into their pages."""
    for page, (name, make) in MADE.items():
        text = re.sub(rf"\n\n<!-- /{name} -->", "", _without(name, _text(page)))
        made = f"<!-- {name} -->\n\n{make()}\n\n<!-- /{name} -->"
        page.write_text(text.replace(f"<!-- {name} -->", made), "utf-8")


def _without(name: str, text: str) -> str:
    return re.sub(rf"(<!-- {name} -->)\n\n.*?(\n\n<!-- /{name} -->)", r"\1\2", text, flags=re.S)


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    write_pages()
