"""Variables and includes: `{{ name }}` and `{% include "snippets/x.md" %}`, where the project turns them on.

The language is Jinja2's without what can run away (see `language`): an article needs no more, and a pull request
from a stranger is rendered in CI. Comments are `{%# ... #%}`, because `{#` begins a heading's id. Code that shows
braces belongs between `{% raw %}` and `{% endraw %}`.

A finding in text that went through loops and includes still has its source's line and column (see `marks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.runtime import Undefined

from kbsync.findings import Finding, Place, did_you_mean, found
from kbsync.render.language import Endless, Refused, Sandbox, environment
from kbsync.render.marks import unmarked
from kbsync.render.origin import Origin
from kbsync.source.document import Document

MAX_OUTPUT = 2_000_000
MAX_TURNS = 20_000
MAX_INCLUDES = 100


def expanded(
    document: Document, content: str, partials: Mapping[str, str], variables: Mapping[str, object]
) -> tuple[Origin, tuple[Finding, ...]]:
    """The document's text after templates, and what is wrong with them (then the text is as it was written).

    The front matter's values win over `variables`.
    """
    plain = Origin(document.body, document.path, document.line)
    if "{{" not in document.body and "{%" not in document.body:
        return plain, ()
    run = _Run(document, content, partials, {**variables, **document.variables})
    text = run.text()
    if text is None or run.findings:
        return plain, tuple(run.findings)
    return unmarked(text, document), ()


class _Run:
    """One document's rendering, with its bounds and findings."""

    def __init__(
        self, document: Document, content: str, partials: Mapping[str, str], variables: Mapping[str, object]
    ) -> None:
        self.document, self.content, self.partials, self.variables = document, content, partials, variables
        self.path = document.path
        self.findings: list[Finding] = []
        self.undefined: dict[str, Undefined] = {}
        self.sources = {document.path: document.body}
        self._turns = self._includes = 0

    def text(self) -> str | None:
        """The text with its marks; None where it could not be made."""
        sandbox = environment(self, self.undefined)
        try:
            template = sandbox.get_template(self.document.path)
            text = "".join(self._bounded(template.generate(self.variables)))
        except Refused as error:
            self._tell("template-refused", error.path, error.line, what=error.what)
        except TemplateSyntaxError as error:
            self._tell("template-syntax", error.name or self.document.path, error.lineno, problem=error.message)
        except TemplateNotFound as error:
            self._not_found(str(error.name or ""))
        except (Endless, RecursionError) as error:
            problem = str(error) if isinstance(error, Endless) else "it includes itself"
            self._tell("template-endless", self.document.path, 1, problem=problem)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            if not self.undefined:
                self._tell("template-failed", self.document.path, *_failed_at(error), problem=error)
        else:
            self._undefined_names(sandbox)
            return text
        self._undefined_names(sandbox)
        return None

    def load(self, path: str) -> str | None:
        """The source of a template; None where there is none."""
        if path == self.document.path:
            return self.document.body
        self._includes += 1
        if self._includes > MAX_INCLUDES:
            raise Endless(f"more than {MAX_INCLUDES} includes")
        if path in self.partials:
            self.sources[path] = self.partials[path]
        return self.partials.get(path)

    def turn(self) -> None:
        """Counts a turn of a loop. Raises Endless past the bound."""
        self._turns += 1
        if self._turns > MAX_TURNS:
            raise Endless(f"its loops turn more than {MAX_TURNS:,} times")

    def _bounded(self, chunks: Iterable[str]) -> Iterator[str]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_OUTPUT:
                raise Endless(f"its text is longer than {MAX_OUTPUT:,} characters")
            yield chunk

    def _tell(self, rule: str, path: str, line: int, column: int = 1, **values: object) -> None:
        shift = self.document.line - 1 if path == self.document.path else 0
        self.findings.append(found(rule, Place(path, line + shift, column), **values))

    def _not_found(self, name: str) -> None:
        guess = did_you_mean(name, (path.removeprefix(f"{self.content}/") for path in self.partials))
        for path, line, column in self._where(re.compile(rf"""include\s+["']/?({re.escape(name)})["']""")):
            self._tell("template-include", path, line, column, name=name, guess=guess)
            return
        self._tell("template-include", self.document.path, 1, name=name, guess=guess)

    def _undefined_names(self, sandbox: Sandbox) -> None:
        for name, value in self.undefined.items():
            owner = value._undefined_obj
            choices = owner if isinstance(owner, Mapping) else self.variables
            guess = did_you_mean(name, (str(each) for each in choices))
            for path, line, column in self._uses(name, sandbox):
                self._tell("template-undefined", path, line, column, name=name, guess=guess)

    def _uses(self, name: str, sandbox: Sandbox) -> list[tuple[str, int, int]]:
        """Every place that reads `name`."""
        lines: set[tuple[str, int]] = set()
        for path, source in self.sources.items():
            for node in sandbox.parse(source, path).find_all((nodes.Name, nodes.Getattr)):
                used = node.name if isinstance(node, nodes.Name) else getattr(node, "attr", "")
                if used == name:
                    lines.add((path, node.lineno))
        word = re.compile(rf"{{[{{%][^\n]*?(?<!\w)({re.escape(name)})(?!\w)")
        hits = [hit for hit in self._where(word) if hit[:2] in lines]
        return hits or [(path, line, 1) for path, line in sorted(lines)] or [(self.document.path, 1, 1)]

    def _where(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
        for path, source in self.sources.items():
            for number, line in enumerate(source.split("\n"), 1):
                if match := pattern.search(line):
                    yield path, number, match.start(1) + 1


def _failed_at(error: BaseException) -> tuple[int]:
    # Jinja2 rewrites the traceback, so that its last template frame has the template's line.
    line = 1
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return (line,)
