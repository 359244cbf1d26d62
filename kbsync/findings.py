"""Findings: what is wrong, where, and what to do; one row of `RULES` for each message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a source file: `path` relative to the project (posix), line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding. `message` and `hint` are `str.format` templates over the values of `found`.

    An error is what a reader would meet broken, or what would make the outcome ambiguous: the article is
    left out of the plan. A warning is a probable mistake that can be published. A note is information.
    """

    severity: Severity
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: the rule's id, its severity, the place, what is wrong, and what to do."""

    rule: str
    severity: Severity
    place: Place
    message: str
    hint: str


RULES: Mapping[str, Rule] = {
    # People
    "unknown-author": Rule(
        "error",
        "no agent of this account has the e-mail address {email}",
        "use an agent's address or id, or take `author` out to leave the author alone",
    ),
    # Files as text
    "empty-file": Rule("error", "the file is empty", "write a title and a text, or delete the file"),
    "not-utf8": Rule(
        "error",
        "the file is not UTF-8: byte {byte} cannot be read; it looks like {guess}",
        "save it as UTF-8 in your editor",
    ),
    "not-text": Rule("error", "the file is not text; it looks like {guess}", "save it as UTF-8, or move it elsewhere"),
    "lfs-pointer": Rule(
        "error",
        "this is a Git LFS pointer, not the file itself",
        "run `git lfs pull` (in CI: check out with LFS)",
    ),
    "too-large": Rule(
        "error",
        "the file has {size} bytes; kbsync reads articles below {limit}",
        "split the article, and keep images in files of their own",
    ),
    "large": Rule(
        "warning",
        "the article has {size} bytes; Freshdesk may refuse it or be slow to show it",
        "split it, and keep images in files of their own",
    ),
    "invisible-character": Rule("warning", "an invisible control character ({code})", "delete it"),
    "conflict-marker": Rule(
        "error", 'a merge conflict was left in the file ("{marker}")', "settle it in your editor, then commit"
    ),
    # Front matter
    "front-matter-open": Rule(
        "error",
        "the first line `---` opens front matter that is never closed",
        "close it with a line `---`; if the first line is meant as a rule, write `***`",
    ),
    "front-matter-prose": Rule(
        "error",
        'the first line `---` opens front matter, but what follows is not "key: value" lines',
        'write `***` if the first line is meant as a rule; otherwise put "key: value" lines below it',
    ),
    "front-matter-late": Rule(
        "error",
        "front matter does not begin on the first line, so it would be published as text",
        "delete the empty lines above it",
    ),
    "field-type": Rule("error", '"{key}" should be {expected}, found {actual}', 'correct the value of "{key}"'),
    "field-yes-no": Rule(
        "error",
        '"{key}" should be {expected}, found {actual}, which tools read in different ways',
        'write "{key}: true" or "{key}: false"',
    ),
    "field-empty": Rule("error", '"{key}" is empty', 'give "{key}" a value, or delete the line'),
    "field-list": Rule("error", '"{key}" should be a list', "write {key}: [{example}]"),
    "field-choice": Rule("error", '"{key}" cannot be {actual}{near}', "use one of: {allowed}"),
    "list-entry": Rule("warning", '"{key}" has an entry that is {problem}; it is left out', "delete the entry"),
    "misspelt-key": Rule("error", 'unknown key "{key}"; did you mean "{near}"?', "correct or delete the key"),
    "seo-key": Rule("error", 'unknown key "{key}" in "seo"{near}', "`seo` takes: title, description, keywords"),
    "key-of-index": Rule(
        "warning",
        '"{key}" has no effect in an article; Freshdesk keeps it on the folder',
        "write it in the _index.md of the folder",
    ),
    "status-contradiction": Rule(
        "error",
        '"status: {status}" and "draft: {draft}" contradict each other',
        "delete one of the two lines",
    ),
    "tag-length": Rule(
        "error",
        'the tag "{tag}" has {length} characters; Freshdesk refuses an article with a tag over {limit}',
        "shorten the tag",
    ),
    "tag-comma": Rule("warning", 'the tag "{tag}" holds a comma; Freshdesk may make two tags of it', "write two tags"),
    "title-missing": Rule(
        "error", "the article has no title", 'write "title: ..." in the front matter, or begin with "# Title"'
    ),
    "title-length": Rule(
        "warning",
        "the title has {length} characters; Freshdesk may refuse more than {limit}",
        "shorten the title",
    ),
    "empty-body": Rule(
        "error", "the article has no text", "write its text, or move the file out of the content folder"
    ),
    "index-body": Rule(
        "note", "text in an _index.md is not published", 'use "description" for the text below the name'
    ),
    "index-key": Rule(
        "error", '"{key}" belongs to a {other}, but this directory is a {kind}', "delete the line, or move it"
    ),
    "audience-unused": Rule(
        "error", '"{key}" is given, but the visibility is another', 'write "visibility: {visibility}"'
    ),
    "audience-missing": Rule("error", '"visibility: {visibility}" needs to know which', 'list them: "{key}: [...]"'),
    # YAML
    "yaml-trap": Rule(
        "warning",
        '"{text}" is taken as the text it is, but other tools read it as {meant}',
        'put it in quotes: "{text}"',
    ),
    "yaml-duplicate-key": Rule("error", 'the key "{key}" is already on line {line}', "delete one of the two"),
    "yaml-merge": Rule("error", "merge keys (`<<`) are not supported", "write the keys out"),
    "yaml-key": Rule(
        "error",
        "a list or mapping stands where a key should be",
        "put the value in quotes if it begins with `{{` or `[`",
    ),
    "yaml-tag": Rule("error", "the YAML tag `{tag}` is not allowed", "delete the tag"),
    "yaml-alias": Rule(
        "error",
        "`*{name}` refers to an anchor that is not defined above",
        'put the value in quotes: "*{name}"',
    ),
    "yaml-alias-bound": Rule(
        "error", "the aliases of `*{name}` expand to more than {limit} values", "write the values out"
    ),
    "yaml-depth": Rule("error", "values are nested more than {limit} levels deep", "make the structure flatter"),
    "yaml-size": Rule(
        "error",
        "{size} characters of YAML; kbsync reads up to {limit}",
        'close the front matter with a line "---"',
    ),
    "yaml-documents": Rule("error", "a second YAML document begins here", "keep only one"),
    "yaml-character": Rule("error", "an invisible character ({code}) that YAML does not allow", "delete it"),
    "yaml-tab": Rule("error", "a tab in the indentation, which YAML does not allow", "use spaces"),
    "yaml-colon": Rule(
        "error",
        "a second `: ` in one value, or a line that is indented too far",
        'put the value in quotes: title: "Refund: how it works"',
    ),
    "yaml-begin": Rule(
        "error",
        "the value begins with a character that has a meaning in YAML",
        "put the whole value in quotes",
    ),
    "yaml-quote": Rule("error", "a quote is opened here and never closed", "close the quote"),
    "yaml-bracket": Rule("error", "a `[` or `{{` above is not closed, or a comma is missing", "close the bracket"),
    "yaml-no-colon": Rule("error", "a line that is not of the form `key: value`", "add the colon, or indent the line"),
    "yaml-syntax": Rule(
        "error",
        "the YAML cannot be read here: {problem}",
        "check quotes and indentation on this line and the one above",
    ),
    "id-line": Rule(
        "error",
        "the front matter is written in a way that leaves no room for the line `{key}: {id}`",
        'write the front matter as "key: value" lines, or add the line yourself',
    ),
    # kbsync.yaml
    "config-empty": Rule("error", 'the file holds no "key: value" lines', "`kbsync init` writes one"),
    "config-unknown-key": Rule("error", 'unknown key "{key}" in {level}{near}', "correct or delete the key"),
    "config-missing": Rule("error", '{level} needs "{key}"', 'add a line "{key}: ..."'),
    "config-value": Rule("error", '"{key}" should be {expected}', "correct the value"),
    "config-choice": Rule("error", '"{key}" has a value that is not known{near}', "use one of: {allowed}"),
    "config-secret": Rule(
        "error",
        '"{key}" seems to hold a secret; a key is never in a file',
        'delete it, replace a key that was shared, and name a variable: "api_key_env: ..."',
    ),
    "config-content": Rule(
        "error",
        '"content" should be a folder inside the project',
        'write a path such as "content: docs"',
    ),
    "config-no-default": Rule(
        "error",
        "there are several targets and none is the default",
        'add "default_target: ...", one of: {names}',
    ),
    "config-no-target": Rule("error", 'there is no target "{name}"{near}', "use one of: {names}"),
    "config-variable": Rule(
        "error",
        '"{name}" cannot be the name of a variable',
        "use letters, digits and _, a letter first",
    ),
    "config-address": Rule(
        "error",
        'the target "{target}" needs either "domain" or "url"',
        'such as "domain: acme.freshdesk.com"',
    ),
    "config-domain": Rule("error", '"domain" {problem}', "{advice}"),
    "config-url": Rule(
        "error", '"{key}" is not a web address', "write it as https://host, without a query or a fragment"
    ),
    "config-plain-http": Rule(
        "error", '"{key}" is plain http, which would show the key to the network', "write https://"
    ),
    "config-not-sandbox": Rule(
        "error",
        '"{key}" has no place in a sandbox, which runs on this machine',
        'use "kind: freshdesk"',
    ),
    "config-only-sandbox": Rule("error", '"{key}" is for targets of "kind: sandbox" only', "delete the line"),
    "config-two-primaries": Rule(
        "error",
        '"{name}" and "{first}" are both primary; only one target\'s ids can be in the front matter',
        'keep "primary: true" on one of them',
    ),
    "config-store": Rule(
        "error", 'the asset store "{store}" is not available yet', 'use "store: base-url" with a "base_url"'
    ),
    "config-base-url": Rule("error", '"store: base-url" and "base_url" belong together', "give both, or neither"),
    "config-sandbox-store": Rule("error", "a sandbox keeps its files itself", 'delete "assets" here'),
    "config-store-target": Rule(
        "error",
        'the target "{target}" cannot keep files in the sandbox\'s store',
        'use "store: base-url" with a "base_url" that readers can reach',
    ),
    # The content folder
    "content-missing": Rule(
        "error",
        'there is no folder "{content}"{near}',
        'create it, or correct "content" in kbsync.yaml',
    ),
    "content-empty": Rule(
        "error",
        'there is no Markdown file in "{content}"',
        'write the first article as content/Category/Folder/article.md, or correct "content" in kbsync.yaml',
    ),
    "directory-named-md": Rule("error", "a folder with the name of an article", "rename the folder without `.md`"),
    "entry-unreadable": Rule("error", "cannot be read: {error}", "check its permissions"),
    "entry-outside": Rule(
        "error",
        "a symbolic link that leaves the content folder",
        "put the file itself here, or delete the link",
    ),
    "entry-loop": Rule("error", "a symbolic link to a folder that it lies in", "delete the link"),
    "entry-broken-link": Rule("error", "a symbolic link to nothing", "correct or delete the link"),
    "entry-special": Rule("error", "neither a file nor a folder", "move it out of the content folder"),
    "not-md": Rule("warning", "a file that ends in `{ending}` is not read as an article", "rename it to end in `.md`"),
    "translation": Rule(
        "warning",
        "the translation ({language}) of the article beside it; translations are not published yet",
        "if it is an article of its own, give it a name without a language",
    ),
    "index-of-nothing": Rule(
        "warning",
        "an _index.md in the content folder itself describes nothing",
        "move it into the folder of a category",
    ),
    "index-holds": Rule(
        "note",
        "{count} articles below are left out until this file is corrected",
        "correct the errors in this file",
    ),
    "article-outside": Rule(
        "error",
        "the article is not in {needs}",
        'move it to {content}/<Category>/<Folder>/, or give "category" and "folder" in its front matter',
    ),
    "too-deep": Rule(
        "error", "the article lies in {depth} levels of folders; Freshdesk has {limit}", "move it further up"
    ),
    "same-spelling": Rule(
        "warning", "on a Mac or on Windows this is the same name as {other}", "rename one of the two"
    ),
    "same-directory": Rule("error", "{other} has the name of the same {kind}", "merge the two, or rename one"),
    "same-id": Rule("error", '"{key}: {id}" stands in {other} too', "delete the line from the copy"),
    "same-title": Rule(
        "error",
        'the article "{title}" in "{folder}" is in {other} too',
        "change one of the titles; within a folder articles are told apart by them",
    ),
    # Rendering: links, images, HTML, templates
    "link-missing": Rule(
        "error",
        'the link target "{target}" does not exist{guess}',
        "correct the path: it is relative to this file, or to the content folder if it begins with /",
    ),
    "link-outside": Rule(
        "error",
        'the link target "{target}" is outside the folder {content}, so it is not published',
        "move the file below {content}, or link to a web address",
    ),
    "link-scheme": Rule(
        "error",
        'the link begins with "{scheme}:", which a help centre does not open',
        "use http, https, mailto or tel, or a path to a file of the project",
    ),
    "link-empty": Rule("error", "the link has no address", "write an address between the parentheses"),
    "link-to-snippet": Rule(
        "error",
        'the link target "{target}" is a snippet for includes, not an article',
        "link to an article that includes it",
    ),
    "link-to-directory": Rule(
        "error",
        'the link target "{target}" is a directory without articles, so it is no folder of the help centre',
        "link to a file in it, or give the directory an _index.md",
    ),
    "link-to-draft": Rule(
        "note",
        "the link leads to the draft {target}; readers see its text until the draft is published",
        "nothing to do if that is meant",
    ),
    "anchor-missing": Rule(
        "error",
        'no heading or id "{anchor}" in {path}{guess}',
        "use the heading in lower case with - for spaces, or give the heading an id: ## Title {{#id}}",
    ),
    "image-missing": Rule(
        "error",
        'the image "{target}" does not exist{guess}',
        "correct the path: it is relative to this file, or to the content folder if it begins with /",
    ),
    "image-insecure": Rule(
        "warning", "the image comes over http, which browsers block on an https page", "use its https address"
    ),
    "image-scheme": Rule(
        "error",
        'the address of the image begins with "{scheme}:", which browsers do not load',
        "use https, or a path to a file of the project",
    ),
    "image-data": Rule(
        "error",
        "the image inside the address is of a kind that is not shown, or longer than {limit} characters",
        "save the image as a file beside the article",
    ),
    "image-not-image": Rule(
        "error",
        "{path} is not an image: its content is {kind}",
        "save the image again; if it is a Git LFS pointer, run git lfs pull",
    ),
    "image-format": Rule("warning", "most browsers do not show {kind} images: {path}", "save it as PNG or JPEG"),
    "image-large": Rule(
        "warning",
        "{path} has {size}; Freshdesk's own editor refuses images above {limit}",
        "make it smaller: readers on a phone wait for it",
    ),
    "file-large": Rule(
        "warning", "{path} has {size}; Freshdesk's own limit for files is {limit}", "make it smaller, or split it"
    ),
    "asset-store-missing": Rule(
        "error",
        "the article uses local images or files, and target {target} has no asset store",
        "set assets in kbsync.yaml, such as {{store: base-url, base_url: https://cdn.example.com/help/}}",
    ),
    "html-tag-unknown": Rule(
        "warning",
        "HTML has no element {names}, so it is shown as text",
        "write &lt; for < or put it in `backticks`, if text is meant",
    ),
    "html-removed": Rule(
        "warning", "a help centre does not keep {names}: removed", "leave it out, or write the content in Markdown"
    ),
    "html-attribute-removed": Rule(
        "note",
        "Freshdesk is not known to keep the attribute {names}: removed",
        "nothing to do if the article reads well without it",
    ),
    "html-unclosed": Rule(
        "warning", "the tag {names} is not closed in its block, so it is shown as text", "end the tag with >"
    ),
    "html-details": Rule(
        "note",
        "Freshdesk is not known to keep <details>: it is shown open, under its summary in bold",
        "nothing to do if the article reads well that way",
    ),
    "iframe-host": Rule(
        "note",
        "the frame shows {address} inside the article, for every reader",
        "nothing to do if you trust that site; a link is safer",
    ),
    "code-language-unknown": Rule(
        "note", 'no colours for the language "{language}"{guess}', "use a language name that Pygments knows, or none"
    ),
    "code-style-unknown": Rule(
        "error", 'there is no code style "{style}"{guess}', "use the name of a Pygments style in render.code_style"
    ),
    "heading-depth": Rule(
        "note",
        "Freshdesk is not known to keep headings below level 4: they are shown as level 4",
        "nothing to do if the article reads well that way",
    ),
    "nesting-too-deep": Rule("error", "lists and quotes are nested too deep to be shown", "nest them less deep"),
    "template-syntax": Rule(
        "error",
        "the template cannot be read: {problem}",
        "correct it; text with {{{{ or {{% that is no template belongs between {{% raw %}} and {{% endraw %}}",
    ),
    "template-refused": Rule(
        "error",
        "{what} cannot be used in an article",
        "use variables, include, if, for, set and simple filters",
    ),
    "template-undefined": Rule(
        "error",
        'there is no variable "{name}"{guess}',
        "define it under `variables` in kbsync.yaml or in the front matter",
    ),
    "template-include": Rule(
        "error",
        'the file "{name}" to include does not exist{guess}',
        "give its path relative to this file or to the content folder",
    ),
    "template-endless": Rule(
        "error", "the template does not end or grows too large: {problem}", "look for files that include themselves"
    ),
    "template-failed": Rule("error", "the template fails: {problem}", "correct the expression"),
    "article-place": Rule(
        "error",
        "the article is in no folder of a category",
        "move it to {content}/<Category>/<Folder>/, or name category and folder in its front matter",
    ),
    "folder-twice": Rule(
        "error",
        'the name "{name}" is used by {other} too',
        "give one of the two another name, or put their articles into one directory",
    ),
    "id-needed": Rule(
        "error",
        '{key}: "{value}" is a name; only ids are looked up',
        "write the id, which is the number at the end of its address in Freshdesk",
    ),
    # Titles and quotes
    "title-cut": Rule(
        "warning",
        'the title ends before "{lost}": to YAML, ` #` begins a comment',
        'put the whole title in quotes, or write "# " with a space if a comment is meant',
    ),
    "yaml-after": Rule(
        "error", "text after a closing quote or bracket", "put the whole value in quotes; write ' inside '...' as ''"
    ),
}


def found(rule: str, place: Place, **values: object) -> Finding:
    """The finding of `rule` at `place`, its texts filled in. Raises KeyError for an unknown rule."""
    row = RULES[rule]
    return Finding(rule, row.severity, place, row.message.format(**values), row.hint.format(**values))


def has_errors(findings: Iterable[Finding]) -> bool:
    """True if one of the findings is an error."""
    return any(finding.severity == "error" for finding in findings)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest choice, or an empty string where none is near."""
    near = difflib.get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""
