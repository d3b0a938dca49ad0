from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.sources import literals
from gates.commits.sources import title_script as reader
from gates.core.documents import DocumentError
from tests.commits.sources.shared import WORKFLOW, names, spelled

SH = "scripts/title.sh"


def below(line: str, path: str = SH) -> list[str]:
    data = f"#!/bin/sh\n# gates:commit-types\n{line}\necho done\n".encode()
    (found,) = reader.read(data, path)
    assert (found.kind, found.role, found.location.line >= 3) == ("title-script", "checks-title", True)
    assert spelled(data, found)
    return names(found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("types='feat|fix|docs'", ["feat", "fix", "docs"]),
        ('PATTERN="^(feat|fix)(\\(.+\\))?!?: .+"', ["feat", "fix"]),
        ("echo \"$TITLE\" | grep -qE '^(feat|fix): '", ["feat", "fix"]),
        ("grep -q '^\\(feat\\|fix\\): ' title", ["feat", "fix"]),
        ("[[ $TITLE =~ ^(feat|fix)(\\([a-z]+\\))?: ]] || exit 1", ["feat", "fix"]),
        ("  feat|fix|docs) ;;", ["feat", "fix", "docs"]),
        ("echo $TITLE | grep -E '^(feat)(\\(x\\))?: '", ["feat"]),
        ("grep -qE '^(feat)(\\(x\\))?: '", ["feat"]),
        ("types=(feat fix docs)", ["feat", "fix", "docs"]),
        ("declare -a types=(\n  feat  # new\n  'fix'\n)", ["feat", "fix"]),
        ('TYPES = ["feat", "fix"]', ["feat", "fix"]),
        ("TYPES = (\n    'feat',\n    'fix',  # mended\n)", ["feat", "fix"]),
        ('TYPES = frozenset({"feat", "fix"})', ["feat", "fix"]),
        ('const types = new Set(["feat", "fix"]);', ["feat", "fix"]),
        ('RULE = re.compile(r"^(?P<type>feat|fix)(\\(.+\\))?: ")', ["feat", "fix"]),
        ("if (!/^(?:feat|fix)(\\(.+\\))?!?: /.test(title)) {", ["feat", "fix"]),
        ("TYPES = ['feat']", ["feat"]),
        ("types='feat-x|fix_y'", ["feat-x", "fix_y"]),
        ("types='feat|fix'\r", ["feat", "fix"]),
        ("ok = r'feat|fix\\b'", ["feat", "fix"]),
    ],
)
def test_a_list_is_read_from_the_line_below(line: str, expected: list[str]) -> None:
    assert below(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# nothing",
        "types=$TYPES",
        "types='feat(ure)?|fix'",
        "types='feat|docs?'",
        "types='^(feat)?(x)'",
        "echo $TITLE | check(title)",
        "types='feat|[Ff]ix|docs'",
        "types='feat|fix|$MORE'",
        'types="feat|fix$MORE"',
        "types='feat|fix|'",
        "types='feat|f.x'",
        "types='feat|fix\\w*'",
        "echo $TITLE|grep -E 'feat|fix'",
        "types=(feat $fix)",
        "types=(feat fix",
        "TYPES = frozenset(NAMES)",
        "TYPES = [feat, fix]",
        'TYPES = {"feat": 1}',
        'TYPES = ["feat" "fix", x]',
        "TYPES = []",
        "check(title)",
        "types[name]=1",
    ],
)
def test_what_is_no_plain_list_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(DocumentError, match="must hold the list of commit types") as caught:
        reader.read(f"#!/bin/sh\n# gates:commit-types\n{line}\n".encode(), SH)
    assert caught.value.line == 3


def test_each_marker_is_a_source_and_only_a_line_of_its_own_is_a_marker() -> None:
    source = "// gates:commit-types\nconst a = ['feat'];\n  # gates:commit-types\nb='feat|fix'\n# see gates:commit-types\nc='x|y'\n"
    assert [names(found) for found in reader.read(source.encode(), "tools/x.js")] == [["feat"], ["feat", "fix"]]
    assert reader.read(b"types='feat|fix'\n", SH) == []


def test_a_marker_counts_in_a_workflow_too() -> None:
    source = b"jobs:\n  a:\n    steps:\n      - run: |\n          # gates:commit-types\n          grep -E '^(feat|fix): ' <<< \"$TITLE\"\n"
    (found,) = reader.read(source, WORKFLOW)
    assert (names(found), found.location.line) == (["feat", "fix"], 6)


@pytest.mark.parametrize("data", [b"# gates:commit-types\n\xff\n", b"# gates:commit-types\n" + b"x" * (1 << 20), b"# gates:commit-types"])
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        reader.read(data, SH)


def test_is_source() -> None:
    paths = [SH, ".github/scripts/x.py", "tools/a/b.ts", WORKFLOW, "src/x.sh", "scripts/x.md", "scripts.sh"]
    assert [reader.is_source(path) for path in paths] == [True, True, True, True, False, False, False]


@given(st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=2, unique=True))
def test_the_same_list_is_read_however_it_is_written(types: list[str]) -> None:
    quoted = ", ".join(f"'{name}'" for name in types)
    for line in (f"x='{'|'.join(types)}'", f"x=({' '.join(types)})", f"X = [{quoted}]", f"X = ({quoted},)", f"^({'|'.join(types)}): "):
        assert below(line) == types


@given(st.text(alphabet="ab|()[]{}'\",=#/\\ \n$?*", max_size=60))
def test_whatever_stands_there_is_a_list_or_is_refused(text: str) -> None:
    for find in (literals.alternation, lambda source: literals.bracketed(source, len(source))):
        try:
            words = find(text)
        except ValueError:
            continue
        assert words
        assert all(text[word.start : word.start + len(word.text)] == word.text for word in words)


def test_a_long_hostile_line_is_read_at_once() -> None:
    for line in (
        "a" * 1_000_000,
        "a" * 4_000,
        "a(" * 2_000,
        "a-|" * 1_300,
        "(" * 200_000,
        "(a " * 60_000,
        "a|" * 100_000,
        "=(a" + " a" * 100_000,
        "[" + "#" * 200_000,
    ):
        with pytest.raises(DocumentError):
            reader.read(f"# gates:commit-types\n{line}\n".encode(), SH)
