"""The authority's list in the other sources: every kind of file, byte for byte but for the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.fixing import Edit, Left, fixes
from gates.commits.options import Options
from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.core.finding import Finding
from tests.commits import support

POOL = ["feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert", "security", "deps", "db-change"]
CASES = Path(__file__).parent / "cases" / "type-lists-differ"
AUTHORITY = Options(authority="committed.toml")
WORKFLOW = ".github/workflows/pr-title.yml"
WORKFLOW_HEAD = """\
on:
  pull_request:
    types: [opened, edited, synchronize]
jobs:
  feat:
    runs-on: ubuntu-latest
    steps:
      - env: # feat, fix
          TITLE: ${{ github.event.pull_request.title }}
"""


def committed(types: Sequence[str]) -> str:
    return 'style = "conventional"\nallowed_types = [\n' + "".join(f'  "{name}",\n' for name in types) + "]\n"


def block(types: Sequence[str]) -> str:
    lines = "".join(f"            {name}\n" for name in types)
    step = "        uses: amannn/action-semantic-pull-request@v5\n        with:\n"
    return f"{WORKFLOW_HEAD}{step}          types: |\n{lines}          wip: false\n"


def script(types: Sequence[str]) -> str:
    lines = f"          # gates:commit-types\n          kinds='^({'|'.join(types)})(\\(.+\\))?: '\n"
    return f'{WORKFLOW_HEAD}        run: |\n{lines}          printf "%s" "$TITLE" | grep -qE "$kinds"\n'


def python(types: Sequence[str]) -> str:
    lines = "".join(f"    '{name}',  # number {number}\n" for number, name in enumerate(types))
    return f"# gates:commit-types\nKINDS = (\n{lines})\nOTHERS = ('feat', 'fix')\n"


def pattern(types: Sequence[str]) -> str:
    return f"""\
[tool.commitizen]
name = "cz_customize"
[tool.commitizen.customize]
schema_pattern = '({"|".join(types)})(\\([a-z]+\\))?!?: .+' # feat|fix
"""


def gitlint(types: Sequence[str]) -> str:
    return f"[general]\ncontrib=CT1\n[contrib-title-conventional-commits]\ntypes = {', '.join(types)}\n# feat\n"


def table(types: Sequence[str]) -> str:
    rows = "".join(f"| `{name}` | what {number} is for | |\n" for number, name in enumerate(types))
    return (
        f"# feat\n<!-- gates:commit-types -->\n\n| type | for | see |\n|---|---|---|\n{rows}\n<!-- /gates:commit-types -->\nfeat and fix\n"
    )


def template(types: Sequence[str]) -> str:
    lines = "".join(f"# {name}: what {number} is for\n" for number, name in enumerate(types))
    return f"\n# gates:commit-types\n{lines}# /gates:commit-types\n# feat\n"


Writer = Callable[[Sequence[str]], str]
WRITERS: Mapping[str, tuple[str, Writer]] = {
    "action": (WORKFLOW, block),
    "script": (WORKFLOW, script),
    "python": ("scripts/title.py", python),
    "commitizen": ("pyproject.toml", pattern),
    "gitlint": (".gitlint", gitlint),
    "table": ("CONTRIBUTING.md", table),
    "template": (".gitmessage", template),
}


def fixed(files: Mapping[str, bytes], options: Options = AUTHORITY) -> tuple[dict[str, bytes], list[Left], list[Edit]]:
    sources = [source for path, data in files.items() for source in support.read_sources(data, path)]
    done = list(fixes(sources, options, files.get, support.read_sources))
    edits = [each for each in done if isinstance(each, Edit)]
    assert all(files[edit.path] == edit.old != edit.new for edit in edits)
    after = {**files, **{edit.path: edit.new for edit in edits}}
    return after, [each for each in done if isinstance(each, Left)], edits


def differing(files: Mapping[str, bytes], options: Options = AUTHORITY) -> list[str]:
    events = support.found({path: data.decode() for path, data in files.items()}, options)
    return [support.said(event) for event in events if isinstance(event, Finding) and event.rule.id == "commits/type-lists-differ"]


lists = st.lists(st.sampled_from(POOL), min_size=2, max_size=12, unique=True)


@pytest.mark.parametrize("kind", WRITERS)
@given(law=lists, types=lists, crlf=st.booleans())
def test_a_drifted_list_is_made_to_agree_and_nothing_else_is_touched(kind: str, law: list[str], types: list[str], crlf: bool) -> None:
    path, write = WRITERS[kind]
    if not set(law) & set(types):
        law = [*law, types[0]]
    text = write(types).replace("\n", "\r\n") if crlf else write(types)
    files = {"committed.toml": committed(law).encode(), path: text.encode()}
    after, left, edits = fixed(files)
    assert not left
    assert not differing(after)
    assert len(edits) == (set(law) != set(types))
    old, new = text.split("\n"), after[path].decode().split("\n")
    # What stands above and below the list is there as it was.
    head = next(number for number, line in enumerate(write(["@", "@@"]).split("\n")) if "@" in line)
    tail = next(number for number, line in enumerate(write(["@", "@@"]).split("\n")[::-1]) if "@@" in line)
    assert old[:head] == new[:head]
    assert not tail or old[-tail:] == new[-tail:]
    assert fixed(after)[2] == []


@pytest.mark.parametrize("kind", WRITERS)
@given(types=lists, seed=st.randoms(use_true_random=False))
def test_agreeing_twins_give_no_edits(kind: str, types: list[str], seed: object) -> None:
    path, write = WRITERS[kind]
    shuffled = sorted(types, key=lambda name: hash((name, str(seed))))
    files = {"committed.toml": committed(shuffled).encode(), path: write(types).encode()}
    assert fixed(files) == (files, [], [])


DRIFTING = sorted(case for case in CASES.glob("fails-*") if (case / "committed.toml").exists())
# Where the file holds no list, there is nothing to edit.
UNEDITABLE = {"fails-any-type-in-a-commit-rule": "its file lists no types"}


@pytest.mark.parametrize("case", DRIFTING, ids=lambda case: str(case.name))
def test_every_drifting_case_is_fixed_or_said_to_be_left(case: Path) -> None:
    options = support.options_of(case)._replace(authority="committed.toml")
    files = {path: text.encode() for path, text in support.of_folder(case).items()}
    after, left, _ = fixed(files, options)
    if case.name in UNEDITABLE:
        assert UNEDITABLE[case.name] in left[0].why
        assert differing(after, options)
    else:
        assert not left
        assert not differing(after, options)


@pytest.mark.parametrize("case", sorted(CASES.glob("passes-*")), ids=lambda case: str(case.name))
def test_no_agreeing_case_is_edited(case: Path) -> None:
    options = support.options_of(case)
    files = {path: text.encode() for path, text in support.of_folder(case).items()}
    authority = options.authority or next((path for path in ("committed.toml", ".gitlint") if path in files), "")
    if authority:
        assert fixed(files, options._replace(authority=authority)) == (files, [], [])


def test_a_byte_order_mark_and_a_file_without_a_last_line_end_stay() -> None:
    files = {"committed.toml": committed(["feat", "fix"]).encode(), ".gitlint": b"\xef\xbb\xbf" + gitlint(["feat"]).rstrip().encode()}
    after, left, _ = fixed(files)
    assert not left
    assert after[".gitlint"] == b"\xef\xbb\xbf" + gitlint(["feat", "fix"]).rstrip().encode()


def test_two_lists_of_one_file_are_both_edited_in_one_edit() -> None:
    text = table(["feat", "wip"]) + "\n" + table(["docs", "feat", "fix"])
    files = {"committed.toml": committed(["feat", "fix"]).encode(), "CONTRIBUTING.md": text.encode()}
    after, left, edits = fixed(files)
    assert not left
    assert not differing(after)
    assert [len(edit.what) for edit in edits] == [2]
    assert edits[0].what[0] == "the table (CONTRIBUTING.md:2): add 'fix' and drop 'wip'"


def test_a_type_that_machines_write_stays_where_it_is_and_comes_nowhere_else() -> None:
    law = {"committed.toml": committed(["feat", "fix", "bump"]).encode()}
    after, _, _ = fixed({**law, ".gitlint": gitlint(["feat"]).encode()})
    assert after[".gitlint"] == gitlint(["feat", "fix"]).encode()
    after, _, _ = fixed({"committed.toml": committed(["feat", "fix"]).encode(), ".gitlint": gitlint(["feat", "bump"]).encode()})
    assert after[".gitlint"] == gitlint(["feat", "bump", "fix"]).encode()


def test_a_default_that_the_file_does_not_spell_out_is_left_with_the_reason() -> None:
    files = {"committed.toml": committed(["feat", "fix"]).encode(), ".gitlint": b"[general]\ncontrib=CT1\n"}
    after, left, _ = fixed(files)
    assert after == files
    assert "its file does not spell the list out; drop 'chore'" in left[0].why
    assert left[0].location.path == ".gitlint"


def test_an_edit_that_does_not_read_back_as_the_authority_is_dropped() -> None:
    files = {"committed.toml": committed(["feat", "fix"]).encode(), ".gitlint": gitlint(["feat"]).encode()}
    sources = [source for path, data in files.items() for source in support.read_sources(data, path)]

    def breaks(data: bytes, path: str) -> list[support.Source]:
        if b"fix" in data:
            raise DocumentError("broken", path, 1)
        return support.read_sources(data, path)

    (left,) = fixes(sources, AUTHORITY, files.get, breaks)
    assert isinstance(left, Left)
    assert "could not be read (broken)" in left.why
    (left,) = fixes(sources, AUTHORITY, files.get, lambda data, path: support.read_sources(files[path], path))
    assert isinstance(left, Left)
    assert "would not list them" in left.why
    (left,) = fixes(sources, AUTHORITY, files.get, lambda data, path: [] if b"fix" in data else support.read_sources(data, path))
    assert isinstance(left, Left)
    assert "would say something else" in left.why


def test_names_that_a_format_could_take_for_something_else_are_not_written() -> None:
    law = b'style = "conventional"\nallowed_types = ["feat", "a.b"]\n'
    after, left, _ = fixed({"committed.toml": law, "CONTRIBUTING.md": table(["feat"]).encode()})
    assert after["CONTRIBUTING.md"] == table(["feat"]).encode()
    assert "not made of letters" in left[0].why


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".commitlintrc.yml", "x: &t [feat, docs]\nrules:\n  type-enum: [2, always, *t]\n  scope-enum: [2, always, *t]\n"),
        (".commitlintrc.yml", "rules:\n  type-enum: [2, always, &t [feat, docs]]\n  subject-case: [2, always, *t]\n"),
    ],
)
def test_a_list_that_stands_for_something_else_too_is_left(path: str, text: str) -> None:
    files = {"committed.toml": committed(["feat", "fix"]).encode(), path: text.encode()}
    after, left, _ = fixed(files)
    assert after == files
    assert "stands for something else in the file too" in left[0].why


def test_releasing_sources_are_left_alone() -> None:
    sections = b'{"changelog-sections": [{"type": "feat", "section": "x"}, {"type": "wip", "section": "y"}]}'
    files = {"committed.toml": committed(["feat", "fix"]).encode(), "release-please-config.json": sections}
    assert fixed(files) == (files, [], [])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options(), "`authority`"),
        (Options(authority="nowhere"), "lists no commit types"),
        (Options(authority="pyproject.toml"), "goes by a pattern"),
    ],
)
def test_without_a_list_to_follow_nothing_is_written(options: Options, why: str) -> None:
    files = {"pyproject.toml": pattern(["feat", "fix"]).encode(), ".gitlint": gitlint(["feat"]).encode()}
    with pytest.raises(UsageError, match=why):
        fixed(files, options)


def test_a_file_that_went_away_is_no_success() -> None:
    files = {"committed.toml": committed(["feat", "fix"]).encode(), ".gitlint": gitlint(["feat"]).encode()}
    sources = [source for path, data in files.items() for source in support.read_sources(data, path)]
    with pytest.raises(DocumentError, match="went away"):
        list(fixes(sources, AUTHORITY, lambda path: None, support.read_sources))
