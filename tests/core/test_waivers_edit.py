from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import waivers_edit
from gates.core.documents import plain, read_yaml
from gates.core.errors import UsageError

FILE = "security/waivers.yaml"
NEW = {
    "id": "W-9",
    "gate": "deps",
    "rule": ("CVE-1", "GHSA-x"),
    "until_fixed": True,
    "reason": 'a "quoted" reason: with # marks',
    "owner": "@a/b",
}
FULL = """\
# the list of the team
version: 1
policy: {max_days: 90}   # as agreed

waivers:
  # about requests
  - id: W-1
    rule: CVE-1          # the redirect
    # still open upstream
    reason: >-  # folded
      two lines
      of reason

      # and no comment
    owner: "@acme/sec"
    created: 2026-11-01
    sunset: '2027-01-15' # before the release
      # deeper than the dash: part of W-1

  # about jinja
  - {id: W-2, rule: CVE-2, "reason": 'it''s fine', owner: "@a", created: 2026-11-01, sunset: 2027-01-01}
  -
    id: W-3
    reason: plain words
      over two lines
    owner: a@b.example
    created: 2026-11-01
    sunset: 2027-01-01
# the end
"""


def ids(data: bytes) -> list[str]:
    document = plain(read_yaml(data, FILE))
    assert isinstance(document, dict)
    return [entry["id"] for entry in document["waivers"]]


def entry(data: bytes, wanted: str) -> dict[str, object]:
    document = plain(read_yaml(data, FILE))
    assert isinstance(document, dict)
    (found,) = [each for each in document["waivers"] if each["id"] == wanted]
    assert isinstance(found, dict)
    return found


def test_a_file_that_is_not_there_is_begun() -> None:
    data = waivers_edit.add(None, FILE, [NEW])
    assert entry(data, "W-9") == {**NEW, "rule": ["CVE-1", "GHSA-x"]}


def test_an_entry_goes_behind_the_others_and_before_what_ends_the_file() -> None:
    before, behind = FULL.split("# the end\n")
    data = waivers_edit.add(FULL.encode(), FILE, [NEW])
    assert data.startswith(before.encode())
    assert data.endswith(b"# the end\n" + behind.encode())
    assert ids(data) == ["W-1", "W-2", "W-3", "W-9"]


def test_an_entry_goes_before_the_tables_behind_the_list() -> None:
    text = "waivers:\n- id: W-1\n\n- id: W-2\n\n# the terms\npolicy: {}\nversion: 1\n"
    added = waivers_edit.add(text.encode(), FILE, [{"id": "W-3"}]).decode()
    assert added == "waivers:\n- id: W-1\n\n- id: W-2\n\n- id: W-3\n\n# the terms\npolicy: {}\nversion: 1\n"


@pytest.mark.parametrize("empty", ["waivers: []\n", "waivers:   [ ]  # none yet\n", "waivers: []", "waivers: []\r\n"])
def test_the_first_entry_takes_the_place_of_the_empty_list(empty: str) -> None:
    data = waivers_edit.add(f"version: 1\n{empty}".encode(), FILE, [{"id": "W-1"}])
    assert ids(data) == ["W-1"]
    assert ("# none yet" in empty) is (b"# none yet" in data)


def test_what_is_removed_is_the_entry_and_what_stands_in_it() -> None:
    without = waivers_edit.remove(FULL.encode(), FILE, ["W-1"]).decode()
    start, end = FULL.index("  - id: W-1"), FULL.index("\n  # about jinja")
    assert without == FULL[:start] + FULL[end:]
    assert "# about requests" in without


def test_without_entries_the_list_is_empty_and_all_comments_around_them_stay() -> None:
    data = waivers_edit.remove(FULL.encode(), FILE, ["W-1", "W-2", "W-3"])
    assert ids(data) == []
    for comment in ("# the list of the team", "# as agreed", "# about requests", "# about jinja", "# the end"):
        assert comment in data.decode()
    assert ids(waivers_edit.add(data, FILE, [NEW])) == ["W-9"]


@pytest.mark.parametrize("wanted", ["W-1", "W-2", "W-3"])
def test_a_change_keeps_every_other_byte(wanted: str) -> None:
    values = {"sunset": "2027-03-01", "created": "2026-12-01", "reason": "new words, it's said", "ticket": "https://t.example/1"}
    data = waivers_edit.change(FULL.encode(), FILE, wanted, values)
    assert entry(data, wanted).items() >= values.items()
    changed = [line for line in data.decode().splitlines() if line not in FULL.splitlines()]
    gone = [line for line in FULL.splitlines() if line not in data.decode().splitlines()]
    assert len(changed) == (1 if wanted == "W-2" else 4)
    for line in gone:
        comment = re.search(r" #.*", line)
        if comment and "no comment" not in line:  # a comment on a line that changed
            assert comment[0] in data.decode()
    assert "'2027-03-01' # before the release" in data.decode() or wanted != "W-1"


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 1, "waivers": [{"id": "W-1"}]}',
        "version: 1\nwaivers: [{id: W-1}, {id: W-2}]\n",
        "version: 1\nwaivers: [\n]\n",
        "version: 1\nwaivers: &all\n  - id: W-1\nother: *all\n",
        "version: 1\nwaivers:\n  - &x {id: W-1}\n  - *x\n",
        'version: 1\nwaivers:\n  - id: W-1\n    reason: "two\n# lines"\n  - id: W-2\n',
        "version: 1\n",
    ],
)
def test_what_cannot_be_edited_is_refused_or_right(text: str) -> None:
    """Never spoilt: the result is read again."""
    for edit in (
        lambda data: waivers_edit.add(data, FILE, [{"id": "W-7"}]),
        lambda data: waivers_edit.remove(data, FILE, ["W-1"]),
        lambda data: waivers_edit.change(data, FILE, "W-1", {"reason": "other words"}) if b"W-1" in data else data,
    ):
        try:
            changed = edit(text.encode())
        except UsageError:
            continue
        assert changed == text.encode() or ids(changed) != ids(text.encode()) or entry(changed, "W-1")["reason"] == "other words"


def test_lines_of_a_plain_list_are_removed() -> None:
    assert waivers_edit.remove_lines(b"# a\r\nCVE-1 # x\r\n\r\nCVE-2", {2}) == b"# a\r\n\r\nCVE-2"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\ufffe\uffff"), min_size=1, max_size=60)


@given(TEXT)
def test_every_text_is_written_as_itself(text: str) -> None:
    for written in (f"k: {waivers_edit.scalar(text)}", f"k: [{waivers_edit.scalar(text, flow=True)}]"):
        document = plain(read_yaml(written.encode(), ""))
        assert document in ({"k": text}, {"k": [text]})


WORDS = st.sampled_from(["plain words", '"quoted # no comment"', "'single ''quoted'''", "http://x.example/a#b"])
COMMENT = st.sampled_from(["", " # why", "   #"])
BETWEEN = st.sampled_from(["", "\n", "  # between\n", "\n# at the side\n\n"])


@st.composite
def entry_lines(draw: st.DrawFn, number: int) -> str:
    indent = "    "
    long = draw(st.sampled_from(["{}", ">-\n      folded\n      text", "|\n      # literal\n      text", "plain\n      text"]))
    reason = long.format(draw(WORDS)) if "{}" in long else long
    note = draw(COMMENT) if "\n" not in reason else ""
    inside = draw(st.sampled_from(["", f"{indent}# inside\n"]))
    sunset = draw(st.sampled_from(["2027-01-01", "'2027-01-01'", '"2027-01-01"']))
    return (
        f"  - id: W-{number}{draw(COMMENT)}\n{inside}{indent}reason: {reason}{note}\n{indent}created: 2026-11-01\n{indent}sunset: {sunset}"
        f"{draw(COMMENT)}\n"
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, int]:
    count = draw(st.integers(1, 4))
    head = draw(st.sampled_from(["", "# head\n", "---\n", "policy: {max_days: 30}\n"]))
    tail = draw(st.sampled_from(["", "# tail\n", "policy: {}\n" if "policy" not in head else "", "\n\n", "...\n"]))
    body = "".join(draw(BETWEEN) + draw(entry_lines(number)) for number in range(1, count + 1))
    text = f"{head}version: 1\nwaivers:{draw(COMMENT)}\n{body}{draw(BETWEEN)}{tail}"
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    text = text.rstrip("\r\n") if draw(st.booleans()) else text
    return (draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()), count


def outside(data: bytes) -> list[bytes]:
    """The lines that belong to no entry."""
    return [line for line in data.splitlines() if not re.match(rb"    |  - id|waivers:", line)]


@given(files(), st.data())
def test_removing_leaves_every_other_line_as_it_is(made: tuple[bytes, int], choose: st.DataObject) -> None:
    data, count = made
    gone = choose.draw(st.sets(st.integers(1, count)))
    without = waivers_edit.remove(data, FILE, {f"W-{number}" for number in gone})
    left = [f"W-{number}" for number in range(1, count + 1) if number not in gone]
    assert ids(without) == left
    assert outside(without) == outside(data)
    if left:
        lines = iter(data.splitlines(keepends=True))
        assert all(line in lines for line in without.splitlines(keepends=True))  # in order, byte for byte
        assert [entry(without, each) for each in left] == [entry(data, each) for each in left]


@given(files())
def test_adding_leaves_every_line_as_it_is(made: tuple[bytes, int]) -> None:
    data, count = made
    added = waivers_edit.add(data, FILE, [NEW, {**NEW, "id": "W-10"}])
    assert ids(added) == [*(f"W-{number}" for number in range(1, count + 1)), "W-9", "W-10"]
    lines = iter(added.splitlines())
    assert all(line in lines for line in data.splitlines())
    assert (b"\r\n" in data) is (b"\r\n" in added) or data.count(b"\n") == 0
    assert ids(waivers_edit.remove(added, FILE, ["W-9", "W-10"])) == ids(data)


@given(files(), st.data())
def test_changing_touches_one_entry(made: tuple[bytes, int], choose: st.DataObject) -> None:
    data, count = made
    wanted = f"W-{choose.draw(st.integers(1, count))}"
    values = choose.draw(
        st.fixed_dictionaries(
            {"sunset": st.just("2027-02-02")}, optional={"reason": TEXT.filter(str.strip), "ticket": st.just("https://t.example")}
        )
    )
    changed = waivers_edit.change(data, FILE, wanted, values)
    assert entry(changed, wanted) == {**entry(data, wanted), **values}
    assert outside(changed) == outside(data)
    for other in {*ids(data)} - {wanted}:
        assert entry(changed, other) == entry(data, other)
    assert changed.count(b"#") >= data.count(b"#") - data.count(b"# literal") - data.count(b"# no comment") - data.count(b"a#b")


@given(st.binary(max_size=120) | st.text("version: 1\nwaivers-#[]{}W,'\"|>&* ", max_size=120).map(str.encode))
def test_any_bytes_are_edited_or_refused(data: bytes) -> None:
    for edit in (lambda: waivers_edit.add(data, FILE, [NEW]), lambda: waivers_edit.remove(data, FILE, ["W-1"])):
        try:
            changed = edit()
        except UsageError:
            continue
        assert read_yaml(changed, FILE)
