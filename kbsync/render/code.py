"""Code blocks: highlighted with inline styles, for a help centre has no style sheet of ours.

Only the colours are added: the text of the block is the writer's, character by character.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name, get_all_lexers
from pygments.style import Style
from pygments.styles import get_all_styles, get_style_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

from kbsync.render import escape

# Some lexers take time that grows faster than the text; nobody reads colours in a dump of this length.
MAX_HIGHLIGHTED = 40_000

_PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "none", "nohighlight", "raw", "output"})


@dataclass(frozen=True, slots=True)
class Code:
    """A rendered block; `known` is False where its language is none that we can highlight."""

    html: str
    known: bool = True


def render_code(source: str, language: str, style: str, attributes: str = "") -> Code:
    """The block as `<pre><code>`; `attributes` (already HTML, or empty) belong to the `pre`."""
    name = language.lower()
    lexer = _lexer(name) if name not in _PLAIN else None
    marks = f' class="language-{escape.attribute(language)}"' if language else ""
    if lexer is None or len(source) > MAX_HIGHLIGHTED:
        html = f"<pre{attributes}><code{marks}>{escape.text(source)}</code></pre>"
        return Code(html, known=lexer is not None or name in _PLAIN)
    frame = "" if "style=" in attributes else f' style="{_frame(style)}"'
    return Code(f"<pre{attributes}{frame}><code{marks}>{_coloured(source, lexer, style)}</code></pre>")


def is_style(name: str) -> bool:
    """True if Pygments has a style `name`."""
    return name in style_names()


@cache
def style_names() -> frozenset[str]:
    """The names of all styles."""
    return frozenset(get_all_styles())


@cache
def language_names() -> frozenset[str]:
    """The names of all languages that can be highlighted."""
    return frozenset(alias for _, aliases, *_ in get_all_lexers(plugins=False) for alias in aliases)


@cache
def _lexer(name: str) -> Lexer | None:
    try:
        return find_lexer_class_by_name(name)(stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _style(name: str) -> type[Style]:
    return get_style_by_name(name if is_style(name) else "default")


@cache
def _frame(style: str) -> str:
    # Colours are chosen for a background, and a portal's theme may be dark: so the block brings its own.
    colour = _style(style).style_for_token(Token)["color"] or _contrast(_style(style).background_color)
    return f"background-color: {_style(style).background_color}; color: #{colour.lstrip('#')};"


def _contrast(background: str) -> str:
    digits = background.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    light = sum(int(digits[at : at + 2], 16) for at in (0, 2, 4)) > 3 * 127
    return "1f2328" if light else "f0f0f0"


@cache
def _css(style: str, kind: _TokenType) -> str:
    try:
        look = _style(style).style_for_token(kind)
    except KeyError:  # a kind of the lexer's own, such as YAML's plain scalars, looks as what it is a kind of
        return _css(style, kind.parent) if kind.parent else ""
    rules = [f"color: #{look['color']}"] if look["color"] else []
    rules += ["font-weight: bold"] if look["bold"] else []
    rules += ["font-style: italic"] if look["italic"] else []
    rules += ["text-decoration: underline"] if look["underline"] else []
    rules += [f"background-color: #{look['bgcolor']}"] if look["bgcolor"] else []
    return "; ".join(rules) + ";" if rules else ""


def _coloured(source: str, lexer: Lexer, style: str) -> str:
    tokens = [(_css(style, kind), value) for kind, value in lexer.get_tokens(source)]
    if "".join(value for _, value in tokens) != source:
        return escape.text(source)  # a lexer that drops a mark of the text, such as a byte order mark
    return "".join(_run(css, "".join(value for _, value in run)) for css, run in groupby(tokens, lambda each: each[0]))


def _run(css: str, value: str) -> str:
    html = escape.text(value)
    return f'<span style="{css}">{html}</span>' if css and not value.isspace() else html
