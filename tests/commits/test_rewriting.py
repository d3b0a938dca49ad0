"""Edits of lists in every form in which files write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gates.commits.rewriting import Span, Unforeseen, rewritten
from gates.core.documents import plain, read_json, read_toml, read_yaml

POOL = (
    "feat",
    "fix",
    "docs",
    "style",
    "refactor",
    "perf",
    "test",
    "build",
    "ci",
    "chore",
    "revert",
    "security",
    "deps",
    "i18n",
    "db-change",
)


class Form(NamedTuple):
    """`write` gives a file with the list in it, `read` the list that the format's reader finds there. `{}` of `write` is never a type."""

    name: str
    write: Callable[[Sequence[str]], str]
    read: Callable[[str], list[str]]
    least: int = 1  # how many types tell the form: of one alone its reader tells nothing either


def toml_of(text: str) -> list[str]:
    return list(plain(read_toml(text.encode(), "p.toml"))["tool"]["x"]["kinds"])  # type: ignore[index]  # of the kinds that this text has


def yaml_of(text: str) -> list[str]:
    return list(plain(read_yaml(text.encode(), "p.yaml"))["kinds"])  # type: ignore[index]  # of the kinds that this text has


def nested_of(text: str) -> list[str]:
    return list(plain(read_yaml(text.encode(), "p.yaml"))["rules"]["enum"][2])  # type: ignore[index]  # of the kinds that this text has


def scalar_of(text: str) -> list[str]:
    lines = str(plain(read_yaml(text.encode(), "p.yaml"))["with"]["kinds"]).split("\n")  # type: ignore[index]  # of the kinds that this text has
    return [line.strip() for line in lines if line.strip()]


def json_of(text: str) -> list[str]:
    return list(plain(read_json(text.encode(), "p.json"))["kinds"])  # type: ignore[index]  # of the kinds that this text has


def found_by(pattern: str, split: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        found = re.search(pattern, text, re.DOTALL)
        assert found
        return [part.strip(" \t\r\n'\"`") for part in re.split(split, found[1]) if part.strip(" \t\r\n'\"`")]

    return read


def rows_of(text: str) -> list[str]:
    rows = [re.findall(r"(?:\\.|[^|\\])+", line.strip()) for line in text.splitlines() if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1
    return [row[0].strip(" `") for row in rows[2:]]


def commented(names: Sequence[str], line: str, comment: str) -> str:
    return "\n".join(line.format(name) + (f"  {comment} about {number}" if number % 2 else "") for number, name in enumerate(names))


HEAD, TAIL = '# feature: "fixed" | (docs)\n', '\n[other]\nkeep = ["feat-like", "x"] # the end\n'
YTAIL = "\nother: [feature, x] # the end\n"

FORMS = (
    Form("toml inline", lambda names: f"{HEAD}[tool.x]\nkinds = [{', '.join(map(quoted, names))}] # those{TAIL}", toml_of),
    Form("toml tight", lambda names: f"{HEAD}[tool.x]\nkinds = [ {','.join(map(single, names))}, ]{TAIL}", toml_of),
    Form("toml lines", lambda names: f"{HEAD}[tool.x]\nkinds = [\n{commented(names, '  {!r},', '#')}\n]{TAIL}", toml_of),
    Form(
        "toml lines without a last comma",
        lambda names: f"{HEAD}[tool.x]\nkinds = [\n    # first\n    {SEP.join(map(quoted, names))}\n    # last\n]{TAIL}",
        toml_of,
    ),
    Form(
        "toml wrapped",
        lambda names: f"{HEAD}[tool.x]\nkinds = [\n  {wrapped([quoted(name) for name in names])},\n]{TAIL}",
        toml_of,
    ),
    Form("json lines", lambda names: f'{{\n  "a": "feat",\n  "kinds": [\n    {SEP.join(map(quoted, names))}\n  ]\n}}\n', json_of),
    Form("json inline", lambda names: f'{{"a": ["fixes"], "kinds": [{",".join(map(quoted, names))}], "z": 1}}', json_of),
    Form("yaml items", lambda names: f"{HEAD}kinds:\n{commented(names, '  - {}', '#')}{YTAIL}", yaml_of),
    Form("yaml items, no indent", lambda names: f"{HEAD}kinds:\n{commented(names, '- {!r}', '#')}{YTAIL}", yaml_of),
    Form("yaml items to the end", lambda names: f"{HEAD}kinds:\n{commented(names, '  - {}', '#')}", yaml_of),
    Form("yaml flow", lambda names: f"{HEAD}kinds: [{', '.join(names)}]{YTAIL}", yaml_of),
    Form("yaml flow lines", lambda names: f"{HEAD}kinds: [\n  {SEP.replace('    ', '  ').join(names)}\n]{YTAIL}", yaml_of),
    Form("yaml nested", lambda names: f"rules:\n  enum:\n    - 2\n    - always\n    - - {NESTED.join(names)}\n  x: [2]\n", nested_of),
    Form(
        "yaml below a dash",
        lambda names: f"rules:\n  enum:\n    - 2\n    - always\n    -\n{commented(names, '      - {}', '#')}\n\n  # feat\n  x: [2]\n",
        nested_of,
    ),
    Form(
        "yaml flow in flow",
        lambda names: f"rules:\n  enum: [2, always, [\n{commented(names, '      {},', '#')}\n    ]]\n  x: [2]\n",
        nested_of,
    ),
    Form("block scalar", lambda names: f"with:\n  kinds: |\n    {LINE.join(names)}\n  wip: true\n", scalar_of),
    Form("folded to nothing", lambda names: f"with:\n  a: feat\n  kinds: |-\n      {LINE6.join(names)}\n", scalar_of),
    Form("gitlint", lambda names: f"[contrib]\nkinds={','.join(names)}\n[other]\nx=feat\n", found_by(r"kinds=([^\n]*)", ",")),
    Form("gitlint spaced", lambda names: f"[contrib]\nkinds = {', '.join(names)}\n", found_by(r"kinds =([^\n]*)", ",")),
    Form(
        "javascript",
        lambda names: (
            f"module.exports = {{\n  rules: {{\n    k: [2, 'always', [\n{commented(names, '      {!r},', '//')}\n    ]],\n  }},\n}};\n"
        ),
        lambda text: found_by(r"always', \[(.*?)\]", ",")(re.sub(r"//[^\n]*", "", text)),
    ),
    Form("alternation", lambda names: f"run: |\n  grep -E '^({'|'.join(names)})(\\(.+\\))?: '\n", found_by(r"\^\(([^)]*)\)", r"\|")),
    Form("open alternation", lambda names: f"run: |\n  kinds='{'|'.join(names)}'\n", found_by("='([^']*)'", r"\|"), 2),
    Form(
        "shell array",
        lambda names: f'kinds=({" ".join(names)})\nfor x in "${{kinds[@]}}"; do :; done\n',
        found_by(r"kinds=\(([^)]*)\)", " "),
        2,
    ),
    Form(
        "table",
        lambda names: (
            "| Type | Means | See |\n| --- | --- | --- |\n" + "".join(f"| `{name}` | what it \\| is | |\n" for name in names) + "\nfeat.\n"
        ),
        rows_of,
    ),
    Form(
        "aligned table",
        lambda names: (
            "| Type            | Means        |\n|-----------------|--------------|\n"
            + "".join(f"| {name:17} | {'as in this':12} |\n" for name in names)
            + "\nfeat.\n"
        ),
        rows_of,
    ),
)
SEP, NESTED, LINE, LINE6 = ",\n    ", "\n      - ", "\n    ", "\n      "


def quoted(name: str) -> str:
    return f'"{name}"'


def single(name: str) -> str:
    return f"'{name}'"


def wrapped(words: Sequence[str]) -> str:
    return ",\n  ".join(", ".join(words[start : start + 3]) for start in range(0, len(words), 3))


def written(form: Form, names: Sequence[str], *, crlf: bool = False) -> tuple[str, list[Span]]:
    """The file, and where the list stands in it."""
    marked = form.write([f"«{name}»" for name in names])
    if crlf:
        marked = marked.replace("\n", "\r\n")
    places = []
    for name in names:
        at = marked.index(f"«{name}»")
        start = len(re.sub("[«»]", "", marked[:at]))
        places.append(Span(name, start, start + len(name)))
    return re.sub("[«»]", "", marked), places


def edited(form: Form, names: Sequence[str], wanted: Sequence[str], *, crlf: bool = False) -> tuple[str, str]:
    text, places = written(form, names, crlf=crlf)
    return text, rewritten(text, places, wanted)


lists = st.lists(st.sampled_from(POOL), min_size=1, max_size=12, unique=True)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.name))
@given(names=lists, others=lists, crlf=st.booleans())
def test_any_list_becomes_any_other_with_which_it_shares_a_type(form: Form, names: list[str], others: list[str], crlf: bool) -> None:
    assume(len(names) >= form.least)
    wanted = list(dict.fromkeys([*others, names[len(others) % len(names)]]))
    old, new = edited(form, names, wanted, crlf=crlf)
    assert form.read(old.replace("\r\n", "\n")) == names
    got = form.read(new.replace("\r\n", "\n"))
    assert sorted(got) == sorted(wanted)
    assert [name for name in got if name in names] == [name for name in names if name in wanted]
    assert ("\n" in new.replace("\r\n", "")) <= (not crlf)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.name))
@given(names=lists, others=lists)
def test_nothing_outside_the_list_and_no_line_of_what_stays_is_touched(form: Form, names: list[str], others: list[str]) -> None:
    assume(len(names) >= form.least)
    wanted = list(dict.fromkeys([*others, names[len(others) % len(names)]]))
    old, places = written(form, names)
    new = rewritten(old, places, wanted)
    head, tail = old[: places[0].start].rsplit("\n", 1)[0], old[places[-1].end :].partition("\n")[2]
    assert new.startswith(head)
    assert new.endswith(tail)
    for name in set(names) & set(wanted):
        number = names.index(name)
        if number % 2 and (remark := re.search(rf"[^\n]*(?:#|//) about {number}(?!\d)", old)):
            assert remark[0] in new


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.name))
@given(names=lists, more=lists)
def test_what_is_added_and_taken_away_again_leaves_the_file_as_it_was(form: Form, names: list[str], more: list[str]) -> None:
    assume(len(names) >= form.least)
    text, places = written(form, names)
    longer = rewritten(text, places, [*names, *more])
    at, again = text.rfind("\n", 0, places[0].start) + 1, []
    for name in form.read(longer):
        found = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])").search(longer, at)
        assert found
        again.append(Span(name, found.start(), found.end()))
        at = found.end()
    assert rewritten(longer, again, names) == text


@given(names=lists, form=st.sampled_from(FORMS))
def test_a_list_that_is_as_wanted_is_not_touched(names: list[str], form: Form) -> None:
    text, new = edited(form, names, names)
    assert new == text


def shown(form_name: str, names: Sequence[str], wanted: Sequence[str]) -> str:
    form = next(form for form in FORMS if form.name == form_name)
    return edited(form, names, wanted)[1]


def test_a_new_type_stands_in_its_place_where_the_list_is_sorted() -> None:
    assert "[build, docs, feat, fix]" in shown("yaml flow", ["build", "feat", "fix"], ["build", "docs", "feat", "fix"])
    assert "[build, ci, feat]" in shown("yaml flow", ["ci", "feat", "fix"], ["build", "ci", "feat"])
    assert "[ci, build, feat]" in shown("yaml flow", ["ci", "build"], ["build", "ci", "feat"])


def test_a_new_row_of_a_table_has_empty_cells_as_wide_as_those_above() -> None:
    text = shown("aligned table", ["feat", "fix"], ["feat", "fix", "perf"])
    assert "| fix             | as in this   |\n| perf            |              |\n" in text


def test_a_new_line_leaves_the_comments_of_others_with_them() -> None:
    text = shown("toml lines", ["feat", "fix"], ["feat", "fix", "perf"])
    assert "  'feat',\n  'fix',  # about 1\n  'perf',\n]" in text


def test_a_last_item_without_comma_gets_one_before_its_comment() -> None:
    text = 'kinds = [\n  "feat",\n  "fix" # the last\n]\n'
    places = [Span(name, text.index(name), text.index(name) + len(name)) for name in ("feat", "fix")]
    new = rewritten(text, places, ["feat", "fix", "docs"])
    assert new == 'kinds = [\n  "feat",\n  "fix", # the last\n  "docs"\n]\n'


@pytest.mark.parametrize(
    ("text", "names", "wanted", "why"),
    [
        ("a: [feat, fix]", ["feat", "fix"], ["feat", "öl"], "not made of"),
        ("a: [feat, fix]", ["feat", "fix"], ["feat", "x: y"], "not made of"),
        ("a: [feat, fix]", ["feat", "fix"], ["docs"], "no type that stays"),
        ("a: [feat, fix]", ["feat", "fix"], [], "no type that stays"),
        ("a: feat, fix | docs", ["feat", "fix", "docs"], ["feat"], "not separated in one way"),
        ("a: feat; fix", ["feat", "fix"], ["feat"], "not separated in one way"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_reason(text: str, names: list[str], wanted: list[str], why: str) -> None:
    places = [Span(name, text.index(name), text.index(name) + len(name)) for name in names]
    with pytest.raises(Unforeseen, match=why):
        rewritten(text, places, wanted)


def test_types_that_stand_at_one_place_are_refused() -> None:
    with pytest.raises(Unforeseen, match="no places of their own"):
        rewritten("types here", [Span("feat", 0, 4), Span("fix", 0, 3)], ["feat"])
