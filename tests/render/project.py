"""A small project in memory, and the fixture files of `tests/cases/render`."""

from __future__ import annotations

from pathlib import Path

from kbsync.config import AssetStore, Config, Rendering, Target
from kbsync.model import Status
from kbsync.render import AssetFile, Desired, Page, render_document, render_project
from kbsync.source.document import Document, Sources

CASES = Path(__file__).parents[1] / "cases" / "render"
STORE = AssetStore("base-url", "https://cdn.acme.com/help/")
TARGET = Target("production", "freshdesk", "https://acme.freshdesk.com/api/v2", "https://help.acme.com", assets=STORE)

PATH = "content/Billing/Refunds/card.md"
FILES = {
    "content/Billing/Refunds/img/shot.png": AssetFile(1000, "a" * 64, "image/png"),
    "content/Billing/Refunds/img/big.png": AssetFile(9_000_000, "b" * 64, "image/png"),
    "content/Billing/Refunds/img/pointer.png": AssetFile(130, "c" * 64, "text/x-git-lfs-pointer"),
    "content/Billing/Refunds/img/scan.tiff": AssetFile(1000, "d" * 64, "application/octet-stream"),
    "content/Billing/Refunds/img/logo.svg": AssetFile(1000, "e" * 64, "image/svg+xml"),
    "content/Billing/my manual.pdf": AssetFile(1000, "f" * 64, "application/pdf"),
    "content/snippets/steps.md": AssetFile(40, "0" * 64, ""),
}
PARTIALS = {
    "content/snippets/steps.md": "Open **{{ product }}** and see\n\n"
    "- [first](../Payments/overview.md)\n- [bad](nowhere.md)\n",
    "content/snippets/fine.md": "Included with {{ product }}.\n",
    "content/snippets/itself.md": '{% include "snippets/itself.md" %}',
}
OTHERS = (
    Document(
        "content/Billing/Payments/overview.md",
        "Overview",
        '# Pay\n\n## Step One\n\n<a name="old"></a>\n\nx[^1]\n\n[^1]: n\n',
        4,
    ),
    Document("content/Billing/Payments/später & mehr.md", "Later", "Text.\n", 4),
    Document("content/Billing/Refunds/soon.md", "Soon", "Text.\n", 4, status=Status.DRAFT),
)


def config(**rendering: object) -> Config:
    """A configuration with these rendering settings."""
    settings = Rendering(**rendering)  # type: ignore[arg-type]
    return Config("content", "en", "production", {"production": TARGET}, rendering=settings)


def sources(*documents: Document, **changes: object) -> Sources:
    """The small project with these documents added."""
    sizes = {path: facts.size for path, facts in FILES.items()}
    values = {
        "documents": (*documents, *OTHERS), "indexes": (), "directories": (), "files": sizes, "partials": PARTIALS,
        "broken": frozenset(), "findings": (), **changes,
    }  # fmt: skip
    return Sources(**values)  # type: ignore[arg-type]


def article(body: str, path: str = PATH, **values: object) -> Document:
    """An article whose body begins on line 5 of its file."""
    return Document(path, "Refund a card payment", body, 5, **values)  # type: ignore[arg-type]


def page(body: str, **rendering: object) -> Page:
    """The page of one article in the small project."""
    document = article(body, variables={"product": "Acme Cloud"})
    return render_document(document, sources(document), config(**rendering), TARGET, FILES.get)


def project(*documents: Document, target: Target = TARGET, **changes: object) -> Desired:
    """The desired state of the small project."""
    return render_project(sources(*documents, **changes), config(), target, FILES.get)


def cases(name: str) -> list[tuple[str, str, str]]:
    """Title, input and expected output of each case in a file; a line with a dot parts them."""
    found = []
    for block in (CASES / f"{name}.md").read_text(encoding="utf-8").split("\n=====\n"):
        title, given, expected = f"{block.strip(chr(10))}\n".split("\n.\n")
        found.append((title.strip(), given, expected.strip("\n")))
    return found


def lines(result: Page) -> str:
    """The findings of a page, one a line."""
    return "\n".join(f"{each.place.path.rpartition('/')[2]}:{each.place.line}:{each.place.column} {each.severity} "
                     f"{each.rule}: {each.message}" for each in result.findings)  # fmt: skip
