"""Help centres to measure with: seeded, so that each run and each machine has the same texts."""

from __future__ import annotations

import random
from collections.abc import Mapping

_SUBJECTS = (
    "The invoice",
    "A refund",
    "Your plan",
    "The webhook",
    "An agent",
    "The export",
    "Each workspace",
    "A token",
)
_VERBS = (
    "is created",
    "can be changed",
    "is sent again",
    "stays visible",
    "expires",
    "is kept for 30 days",
    "is checked",
)
_WHEN = (
    "as soon as the payment is settled",
    "when an owner confirms it under *Settings*",
    "unless **two-factor sign-in** is required",
    "after the nightly run at `02:00 UTC`",
    "if nobody has opened it for a week",
    "once the address has been verified",
    "while the trial lasts, and “not later”",
)
_TITLES = ("Change", "Export", "Restore", "Share", "Cancel", "Verify", "Import", "Rename", "Archive", "Connect")
_THINGS = (
    "an invoice",
    "a workspace",
    "an API token",
    "a report",
    "a payment card",
    "a team",
    "a webhook",
    "a template",
)
_ALERTS = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
_CODE = {
    "bash": "curl -u \"$TOKEN:X\" https://api.example.com/v2/items?page={n} \\\n  --fail | jq '.items[] | .id'",
    "python": 'def total(rows):\n    # {n} rows at most\n    return sum(row["amount"] for row in rows[:{n}])',
    "json": '{{\n  "id": {n},\n  "tags": ["billing", "cards"],\n  "open": true\n}}',
    "yaml": "retry:\n  times: {n}\n  wait: 30s\nnotify: [ops, billing]",
}


def help_centre(articles: int, *, folders: int = 100, categories: int = 10, seed: int = 1) -> Mapping[str, str]:
    """Path -> Markdown of so many articles of 1.5 to 5 kB, spread evenly; each links to some of the others."""
    chance = random.Random(seed)  # noqa: S311 -- the same texts each time are the point
    paths = [_path(number, folders, categories) for number in range(articles)]
    return {path: _article(number, path, paths, chance) for number, path in enumerate(paths)}


def _path(number: int, folders: int, categories: int) -> str:
    folder = number % folders
    return f"content/Category {folder % categories + 1}/Folder {folder + 1}/article-{number + 1}.md"


def _article(number: int, path: str, paths: list[str], chance: random.Random) -> str:
    title = f"{chance.choice(_TITLES)} {chance.choice(_THINGS)} ({number + 1})"
    parts = [
        f"---\ntitle: {title}\ntags: [bench, {chance.choice(('billing', 'api', 'team'))}]\n---",
        _paragraph(chance),
    ]
    wanted = chance.randint(1500, 5000)
    makers = (_paragraph, _list, _steps, _table, _code, _alert, lambda dice: _links(path, paths, dice))
    section = 0
    while sum(map(len, parts)) < wanted - 200:
        section += 1
        parts.append(f"## {chance.choice(_TITLES)} it, part {section}")
        parts += [chance.choice(makers)(chance) for _ in range(chance.randint(1, 3))]
    return "\n\n".join([*parts, _links(path, paths, chance)]) + "\n"


def _sentence(chance: random.Random) -> str:
    return f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_WHEN)}."


def _paragraph(chance: random.Random) -> str:
    return "\n".join(_sentence(chance) for _ in range(chance.randint(2, 5)))


def _list(chance: random.Random) -> str:
    items = []
    for _ in range(chance.randint(3, 6)):
        items.append(f"- {_sentence(chance)}")
        if chance.random() < 0.3:
            items.append(f"  - {_sentence(chance)}")
    return "\n".join(items)


def _steps(chance: random.Random) -> str:
    return "\n".join(f"{step}. {_sentence(chance)}" for step in range(1, chance.randint(4, 8)))


def _table(chance: random.Random) -> str:
    rows = [f"| `key_{chance.randint(1, 99)}` | {chance.randint(1, 500)} | {_sentence(chance)} |"
            for _ in range(chance.randint(3, 7))]  # fmt: skip
    return "\n".join(["| Setting | Default | Meaning |", "| :-- | --: | --- |", *rows])


def _code(chance: random.Random) -> str:
    language = chance.choice(list(_CODE))
    return f"```{language}\n{_CODE[language].format(n=chance.randint(1, 9999))}\n```"


def _alert(chance: random.Random) -> str:
    return f"> [!{chance.choice(_ALERTS)}]\n> {_sentence(chance)}\n> {_sentence(chance)}"


def _links(path: str, paths: list[str], chance: random.Random) -> str:
    here = path.rpartition("/")[0].split("/")
    links = []
    for target in chance.sample(paths, min(3, len(paths))):
        *folder, name = target.split("/")
        relative = "/".join([*[".."] * (len(here) - 1), *folder[1:], name]).replace(" ", "%20")
        links.append(f"- [{name.removesuffix('.md')}]({relative})")
    return "See also:\n\n" + "\n".join(links)
