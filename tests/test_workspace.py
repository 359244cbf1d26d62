"""Projects on disk: finding them, reading their content folder, writing ids back."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from kbsync import config
from kbsync.errors import InvalidSource, KbsyncError, UsageError
from kbsync.source.document import Sources
from kbsync.workspace import (
    asset_facts,
    find_project,
    lock_path,
    read_asset,
    read_config,
    read_sources,
    state_dir,
    write_atomic,
    write_id,
)

SETTINGS = config.parse(
    "kbsync.yaml",
    b"version: 1\ndefault_target: s\ntargets: {s: {kind: sandbox}, p: {kind: freshdesk, domain: a.freshdesk.com}}\n",
)
LINKS = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def article(title: str, **keys: object) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"---\ntitle: {title}\n{lines}---\n\nText.\n"


def sources(root: Path, files: dict[str, str]) -> Sources:
    put(root, files)
    return read_sources(root, SETTINGS)


def shown(read: Sources) -> list[str]:
    return [f"{item.severity} {item.place} {item.rule}" for item in read.findings]


def test_a_whole_content_folder(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/B/F/b.md": article("B"),
            "content/A/F/Sub/a.md": article("A"),
            "content/A/_index.md": "---\nname: Alpha\n---\n",
            "content/A/F/img/a.png": "png",
            "content/A/F/_draft.md": "a partial",
            "content/A/snippets/note.md": "a note",
            "content/_shared/deep/x.md": "shared",
            "content/.obsidian/x.md": "hidden",
            "content/A/F/.hidden.md": "hidden",
        },
    )
    assert shown(read) == []
    assert [item.path for item in read.documents] == ["content/A/F/Sub/a.md", "content/B/F/b.md"]
    assert [(item.directory, item.name) for item in read.indexes] == [("content/A", "Alpha")]
    assert read.directories == ("content/A", "content/A/F", "content/A/F/Sub", "content/B", "content/B/F")
    assert read.files == {"content/A/F/img/a.png": 3}
    assert read.partials == {
        "content/A/F/_draft.md": "a partial",
        "content/A/snippets/note.md": "a note",
        "content/_shared/deep/x.md": "shared",
    }
    assert (read.broken, read.complete) == (frozenset(), True)


def test_a_missing_content_folder_is_not_an_empty_knowledge_base(tmp_path: Path) -> None:
    (tmp_path / "contents").mkdir()
    read = read_sources(tmp_path, SETTINGS)
    assert shown(read) == ["error content:1:1 content-missing"]
    assert read.findings[0].message == 'there is no folder "content"; did you mean "contents"?'
    assert not read.complete


def test_an_empty_content_folder_is_not_an_empty_knowledge_base(tmp_path: Path) -> None:
    read = sources(tmp_path, {"content/readme.txt": "x"})
    assert (shown(read), read.complete) == (["error content:1:1 content-empty"], False)


def test_a_file_in_place_of_the_content_folder(tmp_path: Path) -> None:
    read = sources(tmp_path, {"content": "x"})
    assert (shown(read), read.complete) == (["error content:1:1 content-missing"], False)


def test_articles_need_a_category_and_a_folder(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/a.md": article("A"),
            "content/b.md": article("B", category="C", folder="F / G"),
            "content/C/c.md": article("C"),
            "content/C/d.md": article("D", folder="F"),
        },
    )
    assert shown(read) == ["error content/C/c.md:1:1 article-outside", "error content/a.md:1:1 article-outside"]
    assert [item.path for item in read.documents] == ["content/C/d.md", "content/b.md"]
    assert read.broken == {"content/C/c.md", "content/a.md"}


def test_folders_nest_five_levels_deep(tmp_path: Path) -> None:
    files = {"content/C/1/2/3/4/5/a.md": article("A"), "content/C/1/2/3/4/5/6/b.md": article("B")}
    assert shown(sources(tmp_path, files)) == ["error content/C/1/2/3/4/5/6/b.md:1:1 too-deep"]


def test_two_files_with_one_id_name_each_other(tmp_path: Path) -> None:
    files = {"content/C/F/a.md": article("A", article_id=5), "content/C/G/b.md": article("B", article_id=5)}
    read = sources(tmp_path, files)
    assert shown(read) == ["error content/C/F/a.md:3:1 same-id", "error content/C/G/b.md:3:1 same-id"]
    assert [item.message for item in read.findings] == [
        '"article_id: 5" stands in content/C/G/b.md too',
        '"article_id: 5" stands in content/C/F/a.md too',
    ]
    assert read.documents == ()
    assert read.broken == {"content/C/F/a.md", "content/C/G/b.md"}


def test_one_title_twice_in_a_folder_however_the_folder_is_named(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/C/F/a.md": article("Same"),
            "content/x.md": article("Same", category="Named", folder="F"),
            "content/C/G/a.md": article("Same"),
            "content/C/_index.md": "---\nname: Named\n---\n",
        },
    )
    assert shown(read) == ["error content/C/F/a.md:2:8 same-title", "error content/x.md:2:8 same-title"]
    assert [item.path for item in read.documents] == ["content/C/G/a.md"]


def test_two_directories_of_one_name_hold_back_what_is_in_them(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/A/F/a.md": article("A"),
            "content/B/F/b.md": article("B"),
            "content/B/_index.md": "---\nname: a\n---\n",
        },
    )
    assert shown(read) == ["error content/A:1:1 same-directory", "error content/B/_index.md:2:1 same-directory"]
    assert read.documents == ()


def test_two_folders_with_one_id(tmp_path: Path) -> None:
    files = {f"content/C/{name}/_index.md": "---\nfolder_id: 5\n---\n" for name in "FG"}
    assert shown(sources(tmp_path, files)) == [
        "error content/C/F/_index.md:2:1 same-id",
        "error content/C/G/_index.md:2:1 same-id",
    ]


def test_a_broken_index_holds_back_what_is_below_it(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/C/_index.md": "---\nname: [x]\n---\n",
            "content/C/F/a.md": article("A"),
            "content/D/F/b.md": article("B"),
        },
    )
    assert shown(read) == ["note content/C/_index.md:1:1 index-holds", "error content/C/_index.md:2:7 field-type"]
    assert [item.path for item in read.documents] == ["content/D/F/b.md"]
    assert read.broken == {"content/C", "content/C/_index.md", "content/C/F", "content/C/F/a.md"}


def test_every_problem_in_one_run_and_the_others_go_on(tmp_path: Path) -> None:
    read = sources(
        tmp_path,
        {
            "content/C/F/a.md": "---\ntittle: A\n---\nText.\n",
            "content/C/F/b.md": "",
            "content/C/F/c.md": article("C"),
            "content/C/F/d.MD": article("D"),
            "content/C/F/c.fr.md": article("C en français"),
            "content/_index.md": "---\nname: x\n---\n",
        },
    )
    assert shown(read) == [
        "error content/C/F/a.md:2:1 misspelt-key",
        "error content/C/F/b.md:1:1 empty-file",
        "warning content/C/F/c.fr.md:1:1 translation",
        "warning content/C/F/d.MD:1:1 not-md",
        "warning content/_index.md:1:1 index-of-nothing",
    ]
    assert [item.path for item in read.documents] == ["content/C/F/c.md"]
    assert read.broken == {"content/C/F/a.md", "content/C/F/b.md"}
    assert read.complete


def test_a_directory_where_a_file_should_be(tmp_path: Path) -> None:
    read = sources(tmp_path, {"content/C/F/a.md/b.md": article("B"), "content/C/F/c.md": article("C")})
    assert shown(read) == ["error content/C/F/a.md:1:1 directory-named-md"]
    assert not read.complete


@LINKS
def test_symbolic_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(article("Secret"), encoding="utf-8")
    root = tmp_path / "project"
    put(root, {"content/C/F/a.md": article("A")})
    folder = root / "content" / "C" / "F"
    (folder / "in.md").symlink_to(folder / "a.md")
    (folder / "out.md").symlink_to(outside)
    (folder / "up").symlink_to(root / "content" / "C")
    (folder / "gone.md").symlink_to(root / "nowhere.md")
    os.mkfifo(folder / "pipe.md")
    read = read_sources(root, SETTINGS)
    assert shown(read) == [
        "error content/C/F/a.md:2:8 same-title",
        "error content/C/F/gone.md:1:1 entry-broken-link",
        "error content/C/F/in.md:2:8 same-title",
        "error content/C/F/out.md:1:1 entry-outside",
        "error content/C/F/pipe.md:1:1 entry-special",
        "error content/C/F/up:1:1 entry-loop",
    ]
    assert not read.complete


@NOT_ROOT
def test_unreadable_files_leave_the_others_readable(tmp_path: Path) -> None:
    put(tmp_path, {"content/C/F/a.md": article("A"), "content/C/F/b.md": article("B"), "content/C/G/c.md": "x"})
    (tmp_path / "content/C/F/b.md").chmod(0)
    (tmp_path / "content/C/G").chmod(0)
    read = read_sources(tmp_path, SETTINGS)
    (tmp_path / "content/C/G").chmod(0o755)
    assert shown(read) == [
        "error content/C/F/b.md:1:1 entry-unreadable",
        "error content/C/G:1:1 entry-unreadable",
    ]
    assert [item.path for item in read.documents] == ["content/C/F/a.md"]
    assert not read.complete


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that tells the names apart")
def test_names_that_are_one_file_elsewhere(tmp_path: Path) -> None:
    accents = [unicodedata.normalize(form, "content/C/F/é.md") for form in ("NFC", "NFD")]
    names = [*accents, "content/C/F/a.md", "content/C/F/A.md"]
    read = sources(tmp_path, {name: article(f"T{number}") for number, name in enumerate(names)})
    assert sorted(item.place.path for item in read.findings) == sorted(names)
    assert {item.rule for item in read.findings} == {"same-spelling"}
    assert len(read.documents) == 4


def test_the_project_is_found_from_below(tmp_path: Path) -> None:
    put(tmp_path, {"kbsync.yaml": "version: 1\ntargets: {s: {kind: sandbox}}\n", "a/b/x.md": "", "other.yaml": "x"})
    assert find_project(tmp_path / "a" / "b") == tmp_path / "kbsync.yaml"
    assert find_project(tmp_path / "a", "../other.yaml") == tmp_path / "other.yaml"
    assert read_config(find_project(tmp_path)).default_target == "s"


@pytest.mark.parametrize(
    ("start", "config_file", "message"),
    [
        (".", None, "no kbsync.yaml"),
        ("yml", None, "there is a kbsync.yml"),
        ("missing", None, "is not a folder"),
        (".", "missing.yaml", "there is no file"),
    ],
)
def test_no_project_is_a_usage_error_with_a_hint(
    tmp_path: Path, start: str, config_file: str | None, message: str
) -> None:
    put(tmp_path, {"yml/kbsync.yml": ""})
    with pytest.raises(UsageError, match=message) as caught:
        find_project(tmp_path / start, config_file)
    assert caught.value.hint


def test_a_config_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KbsyncError, match="cannot read"):
        read_config(tmp_path)


def test_an_id_is_written_back_and_the_mode_stays(tmp_path: Path) -> None:
    put(tmp_path, {"content/a.md": "---\r\ntitle: A\r\n---\r\nText."})
    file = tmp_path / "content" / "a.md"
    file.chmod(0o640)
    write_id(tmp_path, "content/a.md", "article_id", 7)
    write_id(tmp_path, "content/a.md", "article_id", 7)
    assert file.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in file.parent.iterdir()] == ["a.md"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    put(tmp_path, {"a.md": article("A" * 5000)})
    code = (
        "import resource, signal, sys, pathlib; from kbsync.workspace import write_id\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "write_id(pathlib.Path(sys.argv[1]), 'a.md', 'article_id', 7)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert f"cannot write {tmp_path / 'a.md'}: File too large" in ran.stderr
    assert [item.name for item in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_text() == article("A" * 5000)


@NOT_ROOT
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o644, 0o555)])
def test_what_is_read_only_stays(tmp_path: Path, file_mode: int, folder_mode: int) -> None:
    folder = tmp_path / "content"
    put(tmp_path, {"content/a.md": article("A")})
    (folder / "a.md").chmod(file_mode)
    folder.chmod(folder_mode)
    with pytest.raises(KbsyncError, match="cannot write ") as caught:
        write_id(tmp_path, "content/a.md", "article_id", 7)
    folder.chmod(0o755)
    assert "permissions" in caught.value.hint
    assert (folder / "a.md").read_text() == article("A")


def test_an_id_that_has_no_place_is_told_with_the_path(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "---\ntitle: A: B\n---\nText."})
    with pytest.raises(InvalidSource) as caught:
        write_id(tmp_path, "a.md", "article_id", 7)
    assert [str(item.place) for item in caught.value.findings] == ["a.md:2:9"]


@LINKS
def test_writing_follows_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_atomic(tmp_path / "link", b"x", fsync=False)
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "file").read_bytes()) == (True, b"x")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF0000WEBPVP8", "image/webp"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"version https://git-lfs.github.com/spec/v1\n", "text/x-git-lfs-pointer"),
        (b"hello", "application/octet-stream"),
    ],
)
def test_the_facts_of_an_asset(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "x.bin").write_bytes(data)
    assert asset_facts(tmp_path, "x.bin") == (len(data), hashlib.sha256(data).hexdigest(), kind)
    assert read_asset(tmp_path, "x.bin") == data


def test_the_facts_of_an_asset_change_with_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one")
    before = asset_facts(tmp_path, "x")
    (tmp_path / "x").write_bytes(b"three")
    assert asset_facts(tmp_path, "x") != before
    with pytest.raises(KbsyncError, match="cannot read"):
        asset_facts(tmp_path, "y")


def test_state_is_kept_out_of_git(tmp_path: Path) -> None:
    folder = state_dir(tmp_path, "production")
    assert (folder, folder.is_dir()) == (tmp_path / ".kbsync" / "production", True)
    assert (tmp_path / ".kbsync" / ".gitignore").read_text() == "*\n"
    assert lock_path(tmp_path, SETTINGS.targets["p"]) == tmp_path / "kbsync.p.lock"
    assert lock_path(tmp_path, SETTINGS.targets["s"]) == tmp_path / ".kbsync" / "s" / "lock"
