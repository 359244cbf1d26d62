"""Jinja2 without what can run away: no calls, no macros, no multiplication, bounded loops and strings."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from jinja2 import nodes
from jinja2.loaders import FunctionLoader
from jinja2.runtime import Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer

from kbsync.render.marks import Marks

_MAX_STRING = 200_000

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.If, nodes.For, nodes.Include, nodes.Assign, nodes.With, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat,
    nodes.CondExpr, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword,
)  # fmt: skip
_FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "list",
     "lower", "round", "sort", "string", "title", "trim", "unique", "upper", "wordcount"}
)  # fmt: skip


class Endless(Exception):
    """A bound is passed; the text says which."""


class Refused(Exception):
    """Something that the language leaves out."""

    def __init__(self, what: str, path: str, line: int) -> None:
        super().__init__(what)
        self.what, self.path, self.line = what, path, line


class Host(Protocol):
    """What the templates of one document are given: the files they may include, and a count of turns."""

    path: str
    content: str
    partials: Mapping[str, str]

    def load(self, path: str) -> str | None:
        """The source of a template; None where there is none."""

    def turn(self) -> None:
        """Counts a turn of a loop. Raises Endless past the bound."""


def environment(host: Host, seen: dict[str, Undefined]) -> Sandbox:
    """Jinja2 for one document. `seen` receives the undefined values that were read."""
    result = Sandbox(
        extensions=[Marks],
        loader=FunctionLoader(host.load),
        undefined=_recording(seen),
        keep_trailing_newline=True,
        cache_size=0,
        comment_start_string="{%#",
        comment_end_string="#%}",
    )
    result.host = host
    result.globals.clear()
    result.filters["join"] = _joined
    result.filters["_short"] = _shortened
    result.filters["_counted"] = _counter(host.turn)
    return result


def _recording(seen: dict[str, Undefined]) -> type[Undefined]:
    """An undefined value that is noted and reads as nothing, so that one run finds all of them."""

    class Recorded(Undefined):
        def _note(self) -> None:
            seen.setdefault(str(self._undefined_name), self)

        def __str__(self) -> str:
            self._note()
            return ""

        def __iter__(self) -> Iterator[Any]:
            self._note()
            return iter(())

        def __bool__(self) -> bool:
            self._note()
            return False

        def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> Any:
            self._note()
            super()._fail_with_undefined_error(*args, **kwargs)

    return Recorded


def _counter(turn: Callable[[], None]) -> Callable[..., Iterator[Any]]:
    @pass_context  # keeps it from being worked out while compiling
    def counted(context: object, items: Iterable[Any]) -> Iterator[Any]:
        del context
        for item in items:
            turn()
            yield item

    return counted


def _shortened(value: object) -> object:
    if isinstance(value, str | list | tuple) and len(value) > _MAX_STRING:
        raise Endless(f"a value is longer than {_MAX_STRING:,} characters")
    return value


def _joined(items: Iterable[object], separator: str = "") -> str:
    words = [str(item) for item in items]
    if sum(map(len, words)) + len(separator) * len(words) > _MAX_STRING:
        raise Endless(f"a value is longer than {_MAX_STRING:,} characters")
    return separator.join(words)


class Sandbox(SandboxedEnvironment):
    """Jinja2's sandbox, without what the language leaves out."""

    host: Host

    def join_path(self, template: str, parent: str) -> str:
        """An include's project path: beside the including file, else below the content folder."""
        content = self.host.content
        beside = posixpath.normpath(f"{parent.rpartition('/')[0]}/{template}")
        below = posixpath.normpath(f"{content}/{template.lstrip('/')}")
        if template.startswith("/") or beside not in self.host.partials:
            return below if below in self.host.partials else template
        return beside

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            refused = _refusal(node)
            if refused:
                raise Refused(refused, name or self.host.path, node.lineno)
        bounded = _Bounds(self).visit(tree)
        assert isinstance(bounded, nodes.Template)  # noqa: S101 - tells the type; visit returns what it is given
        return bounded


def _refusal(node: nodes.Node) -> str:
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f'the filter "{node.name}"'
    if isinstance(node, nodes.Call):
        return "a call"
    return "" if isinstance(node, _NODES) else f'the template feature "{type(node).__name__.lower()}"'


class _Bounds(NodeTransformer):
    """Puts a count around each loop and a length around each joined string."""

    def __init__(self, environment: Sandbox) -> None:
        self.environment = environment

    def _filtered(self, node: nodes.Expr, name: str) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=self.environment)

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja2's name
        self.generic_visit(node)
        node.iter = nodes.Filter(
            node.iter, "_counted", [], [], None, None, lineno=node.lineno, environment=node.environment
        )
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - Jinja2's name
        self.generic_visit(node)
        return self._filtered(node, "_short")

    def visit_Add(self, node: nodes.Add) -> nodes.Expr:  # noqa: N802 - Jinja2's name
        self.generic_visit(node)
        return self._filtered(node, "_short")
