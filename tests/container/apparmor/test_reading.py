"""A policy is read by profile and rule."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.apparmor import judging, reading
from gates.core.documents import DocumentError
from tests.container.apparmor.policies import DOCKER, profile

PARSER = shutil.which("apparmor_parser") or "/sbin/apparmor_parser"


def words(*rules: str) -> list[tuple[str, ...]]:
    (found,) = reading.read(profile(*rules).encode(), "p").profiles
    return [rule.words for rule in found.rules]


def test_dockers_profile() -> None:
    policy = reading.read(DOCKER.encode(), "docker-default")
    (found,) = policy.profiles
    assert policy.names == {"docker-default"}
    assert found.flags == ("attach_disconnected", "mediate_deleted")
    assert found.attachment == ""
    assert (found.location.path, found.location.line, found.location.column) == ("docker-default", 5, 1)
    assert len(found.rules) == 19
    (mount,) = [rule for rule in found.rules if rule.keyword == "mount"]
    assert mount.denied
    assert mount.location.line == 23


def test_a_comma_in_a_glob_ends_no_rule() -> None:
    assert words("/{usr/,}bin/[^a,b]* r,", '"/a b,{c,d}" w,') == [("/{usr/,}bin/[^a,b]*", "r"), ('"/a b,{c,d}"', "w")]


def test_a_rule_may_go_on_in_the_next_line() -> None:
    assert words("mount options=(rw,\n     bind) /a ->\n  /b,") == [("mount", "options=(rw,bind)", "/a", "->", "/b")]


def test_qualifiers_come_off() -> None:
    (found,) = reading.read(profile("audit deny owner /x w,", "allow /y r,").encode(), "p").profiles
    assert [(rule.words, rule.denied) for rule in found.rules] == [(("/x", "w"), True), (("/y", "r"), False)]


def test_comments_and_includes_end_with_the_line() -> None:
    rules = words("# mount,", "#include <a/b>", "include if exists <c>", "/x r, # ux", "/a#b r,")
    assert rules == [("#include", "<a/b>"), ("include", "if", "exists", "<c>"), ("/x", "r"), ("/a#b", "r")]


@pytest.mark.parametrize(
    ("head", "name", "attachment", "flags"),
    [
        ("profile a", "a", "", ()),
        ("profile a flags=(complain)", "a", "", ("complain",)),
        ("profile a flags = (complain, audit)", "a", "", ("complain", "audit")),
        ("profile a (complain)", "a", "", ("complain",)),
        ('profile "a b"', "a b", "", ()),
        ("profile a /usr/bin/a flags=(unconfined)", "a", "/usr/bin/a", ("unconfined",)),
        ("profile a @{bin}/a xattrs=(user.x=y)", "a", "@{bin}/a", ()),
        ("/usr/bin/a", "/usr/bin/a", "/usr/bin/a", ()),
        ("/usr/{s,}bin/a (complain)", "/usr/{s,}bin/a", "/usr/{s,}bin/a", ("complain",)),
        ("profile {{.Name}} flags=(complain)", "{{.Name}}", "", ("complain",)),
    ],
)
def test_the_head_of_a_profile(head: str, name: str, attachment: str, flags: tuple[str, ...]) -> None:
    (found,) = reading.read(profile("/x r,", head=head).encode(), "p").profiles
    assert (found.name, found.attachment, found.flags) == (name, attachment, flags)


def test_profiles_within_profiles_and_conditions() -> None:
    policy = reading.read(profile("profile in /b { /x r, }", "^hat { /y r, }", "if $a { /z r, } else { /v w, }", "/w r,").encode(), "p")
    assert {found.name: len(found.rules) for found in policy.profiles} == {"agent": 3, "agent//in": 1, "agent//hat": 1}


def test_a_variable_is_no_rule() -> None:
    policy = reading.read(b"@{DIRS} = /a /b\n@{DIRS} += /c\nalias /x -> /y,\nprofile a { @{DIRS}/** r, }", "p")
    assert [found.rules[0].words for found in policy.profiles] == [("@{DIRS}/**", "r")]


@pytest.mark.parametrize(
    "data", [b"profile a {", b"profile a { /x r, } }", b'profile a { "/x r, }', b"\xff", b"profile a { \0 }", b"a {" * 100]
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        reading.read(data, "p")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DOCKER, True),
        (profile("/bin/x ux,"), True),
        (profile("capability,", head="/usr/bin/x"), True),
        ("server {\n  location / {\n    root /x;\n  }\n}\n", False),
        ("profile:\n  name: x\n", False),
        ("# A profile\n\nprofile name {\n}\n", False),
        ('provider "x" {\n  profile = "y"\n}\n', False),
        ("if x; then\n  /bin/ls,\nfi\n", False),
        ("", False),
    ],
)
def test_what_looks_like_a_policy(text: str, expected: bool) -> None:
    assert reading.looks_like(text) is expected


@given(st.text(alphabet=st.sampled_from('profile a{}()[]",#\n \\@/=->ux+^mount'), max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    reading.looks_like(text)
    try:
        policy = reading.read(text.encode(), "p")
    except DocumentError:
        return
    found = list(judging.judge(policy, "p"))
    assert len({(defect.rule.id, defect.subject) for defect in found}) == len(found)


@pytest.mark.skipif(not Path(PARSER).exists(), reason="apparmor_parser is not here")
def test_apparmors_own_parser_takes_the_same_syntax(tmp_path: Path) -> None:
    bare = (
        DOCKER.replace("abi <abi/3.0>,", "@{PROC}=/proc/")
        .replace("#include <tunables/global>", "")
        .replace("#include <abstractions/base>", "")
    )
    rules = (
        "mount options=(rw,\n  bind) /a -> /b,",
        "mount fstype=ext4 -> /**,",
        "remount,",
        "pivot_root,",
        'owner "/a b/{c,d}*" rwPUx,',
        "/bin/x pux,",
        "/a#b r, # ux",
        "rUx /usr/bin/y,",
        "file ux /bin/sh,",
        "change_profile,",
        "change_profile -> other,",
        "/bin/z px -> unconfined,",
        "ptrace (trace,read) peer=unconfined,",
        "profile in /b { /x r, }",
        "^hat { /y r, }",
    )
    texts = (
        bare,
        *(profile(rule, head="profile agent").replace("#include <tunables/global>", "") for rule in rules),
        "/usr/bin/a (complain) { /x r, }",
        "profile a flags = (complain, attach_disconnected) { /x r, }",
    )
    for text in texts:
        path = tmp_path / "policy"
        path.write_text(text)
        assert subprocess.run([PARSER, "-Q", "-K", path], check=False, capture_output=True).returncode == 0, text
        assert reading.read(text.encode(), "p").profiles


def test_what_is_included_of_the_repository_is_read_where_it_stands() -> None:
    files = {"a/local/x": b"mount,\n#include <local/x>\n", "a/b/rules": b"ux_,\n^hat { /x r, }\n"}
    text = profile("include <local/x>", '#include "rules"', "include <abstractions/base>")
    found = reading.read(text.encode(), "a/b/p", files.get).profiles
    assert [each.name for each in found] == ["agent//hat", "agent"]
    assert [(rule.keyword, rule.location.path) for rule in found[1].rules if rule.keyword != "include"] == [
        ("mount", "a/local/x"),
        ("#include", "a/local/x"),
        ("#include", "a/b/p"),
        ("ux_", "a/b/rules"),
    ]


def test_an_included_file_closes_no_block_but_its_own() -> None:
    with pytest.raises(DocumentError, match="closing brace"):
        reading.read(profile('include "r"').encode(), "p", {"r": b"} profile y {"}.get)


def test_files_that_include_many_are_not_read_for_ever() -> None:
    files = {f"f{number}": b"".join(b'include "f%d"\n' % other for other in range(20)) for number in range(20)}
    with pytest.raises(DocumentError, match="more than"):
        reading.read(profile('include "f0"').encode(), "p", files.get)


def test_a_list_in_brackets_may_do_without_commas() -> None:
    (found,) = reading.read(b"profile x flags=(attach_disconnected complain) {\n signal (send receive) peer=x,\n}\n", "p").profiles
    assert found.flags == ("attach_disconnected", "complain")
    assert found.rules[0].words == ("signal", "(send,receive)", "peer=x")
