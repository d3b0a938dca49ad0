from __future__ import annotations

import math
from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import MAX_BYTES, MAX_DEPTH, DocumentError, Node, plain, read_yaml, read_yamls


def value(text: str) -> object:
    return plain(read_yaml(text.encode(), "a.yaml"))


def refusal(text: str | bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read_yaml(text if isinstance(text, bytes) else text.encode(), "a.yaml")
    assert caught.value.path == "a.yaml"
    return caught.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("n", "n"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'null'", "null"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("017", "017"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2027-01-15", "2027-01-15"),
        ("2027-02-30", "2027-02-30"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".nan", ".nan"),
        ("-.inf", "-.inf"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("'12'", "12"),
    ],
)
def test_scalars_follow_yaml_1_2(written: str, meant: object) -> None:
    found = value(f"k: {written}\n")
    assert found == {"k": meant}
    assert isinstance(found, dict)
    assert type(found["k"]) is type(meant)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("010", 10),
        ("-007", -7),
        ("+010", 10),
        ("00", 0),
        ("00.50", 0.5),
        ("1.005", 1.005),
        ("0o17", 15),
        ("00o17", "00o17"),
        ("00x1F", "00x1F"),
        (".inf", math.inf),
        ("+.INF", math.inf),
        ("-.Inf", -math.inf),
        (".iNF", ".iNF"),
        ("'.inf'", ".inf"),
        ("-.nan", "-.nan"),
        ("00:30", "00:30"),
        ("2027-01-05", "2027-01-05"),
        ("'010'", "010"),
    ],
)
def test_numbers_are_those_of_the_core_schema_where_that_is_asked_for(written: str, meant: object) -> None:
    found = read_yaml(f"k: {written}\n".encode(), "a.yaml", core_numbers=True).value
    assert isinstance(found, dict)
    assert found["k"].value == meant
    assert type(found["k"].value) is type(meant)


def test_keys_are_the_text_they_are_written_as() -> None:
    assert value("on: 1\n8080: 2\ntrue: 3\n'': 4\n") == {"on": 1, "8080": 2, "true": 3, "": 4}


def test_positions_are_those_of_value_and_key() -> None:
    root = read_yaml(b"a:\n  - x\n  - b: 1\n    cc: 'y'\n", "a.yaml")
    assert isinstance(root.value, dict)
    items = root.value["a"]
    assert items[1:5] == (2, 3, 1, 1)
    assert isinstance(items.value, list)
    assert items.value[0] == Node("x", 2, 5)
    assert isinstance(items.value[1].value, dict)
    assert items.value[1].value["cc"] == Node("y", 4, 9, 4, 5)


def test_columns_count_code_points() -> None:
    root = read_yaml("é𝄞: [ü, x]".encode(), "a.yaml")
    assert isinstance(root.value, dict)
    items = root.value["é𝄞"].value
    assert isinstance(items, list)
    assert items[1].column == 9


@pytest.mark.parametrize("text", ["\ufeffa: 1\r\nb: 2\r\n", "a: 1\nb: 2"])
def test_byte_order_mark_and_windows_line_ends_are_fine(text: str) -> None:
    assert value(text) == {"a": 1, "b": 2}


def test_duplicate_key_names_both_lines() -> None:
    error = refusal("a: 1\nb: 2\na: 3\n")
    assert str(error) == "a.yaml:3: duplicate key 'a'; it is already set in line 1"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: !!str x", 1),
        ("a: 1\nb: !reset []", 2),
        ("a: ! x", 1),
        ("a: 1\nb: ]", 2),
        ("a: 1\n---\nb: 2", 3),
        ("? [1]\n: 2", 1),
        ("&k a: 1", 1),
        ("x: &a 1\n*a : 2", 2),
        (": 1", 1),
        ("a: *gone", 1),
        ("a: &a [*a]", 1),
        ("a: &a 1\nb: &a [*a]", 2),
        ("a: 1\nb: \x07", 2),
        ("a: 1\n# x\u2028b: 2", 2),
        ("%TAG ! x:\n---\na: 1", 1),
        ("a: 1\nb: 1e999", 2),
        ("a: " + "9" * 5000, 1),
        ("a:\n\t- b", 2),
        ("x: \u00a01\n\ufeffy: 1", 2),
    ],
)
def test_what_tools_read_differently_is_refused_at_its_line(text: str, line: int) -> None:
    assert refusal(text).line == line


@pytest.mark.parametrize(("data", "line"), [(b"a: 1\n\xff", 2), (b"a: 1\n\n\0", 3), (b"\xff\xfea\0", 1)])
def test_bytes_that_are_no_text_are_refused_at_their_line(data: bytes, line: int) -> None:
    assert refusal(data).line == line


def test_repeated_merge_keys_are_kept_in_order_where_asked_for() -> None:
    data = b"a: &a {x: 1}\nb:\n  <<: *a\n  c: 2\n  <<: *a\n  <<: 3\n"
    with pytest.raises(DocumentError, match="duplicate key '<<'"):
        read_yamls(data, "a.yaml")
    (root,) = read_yamls(data, "a.yaml", repeated_merges=True)
    assert plain(root) == {"a": {"x": 1}, "b": {"<<": {"x": 1}, "c": 2, "<<\x002": {"x": 1}, "<<\x003": 3}}
    with pytest.raises(DocumentError, match="duplicate key 'c'"):
        read_yamls(b"c: 1\nc: 2\n", "a.yaml", repeated_merges=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("!!bool true", True), ("!!str 5", "5"), ("!!str 'x'", "x"), ("!!int 5", 5), ("!!null ~", None), ("!!map {}", {}), ("!!seq []", [])],
)
def test_a_standard_tag_may_say_what_is_there_anyway(text: str, value: object) -> None:
    node = read_yaml(f"a: {text}".encode(), "a.yaml", local_tags=True)
    assert isinstance(node.value, dict)
    assert (node.value["a"].value, node.value["a"].tag) == (value, "")
    with pytest.raises(DocumentError):
        read_yaml(f"a: {text}".encode(), "a.yaml")


@pytest.mark.parametrize(
    "text", ["!!bool 'true'", "!!bool 1", "!!int x", "!!map []", "!!seq {}", "!!binary aGk=", "!!set {a}", "!!float 1"]
)
def test_a_standard_tag_that_would_convert_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="is not supported"):
        read_yaml(f"a: {text}".encode(), "a.yaml", local_tags=True)


def test_local_tags_are_kept_where_asked_for() -> None:
    root = read_yaml(b"ports: !reset []\nx: !override\n  a: 1\n", "a.yaml", local_tags=True)
    assert isinstance(root.value, dict)
    assert (root.value["ports"].tag, root.value["x"].tag) == ("!reset", "!override")
    with pytest.raises(DocumentError):
        read_yaml(b"a: !!python/name:os.system x", "a.yaml", local_tags=True)


def test_merge_keys_are_not_applied() -> None:
    assert value("a: &a {x: 1}\nb: {<<: *a, y: 2}\n") == {"a": {"x": 1}, "b": {"<<": {"x": 1}, "y": 2}}


def test_several_documents_only_where_asked_for() -> None:
    assert [plain(node) for node in read_yamls(b"a: 1\n---\nb: 2\n", "a.yaml")] == [{"a": 1}, {"b": 2}]
    assert read_yamls(b"# nothing\n", "a.yaml") == []


@pytest.mark.parametrize("shape", ["[{}]", "- {}", "? {}"])
def test_depth_limit_is_exact(shape: str) -> None:
    if shape == "[{}]":
        fits, breaks = "[" * MAX_DEPTH + "]" * MAX_DEPTH, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
        assert value(fits) is not None
        assert "deeper" in str(refusal(breaks))
    else:
        refusal(shape.format("") * 50_000)


def test_aliases_cannot_deepen_a_document_beyond_the_limit() -> None:
    deep = "[" * 40 + "]" * 40
    assert "deeper" in str(refusal(f"a: &a {deep}\nb: {'[' * 40}*a{']' * 40}"))
    assert value(f"a: &a {deep}\nb: {'[' * 23}*a{']' * 23}")
    assert "deeper" in str(refusal(f"a: &a {deep}\nb: {'[' * 24}*a{']' * 24}"))


def test_an_alias_inside_an_anchor_counts_for_aliases_to_that_too() -> None:
    deep = f"a: &a {'[' * 40}{']' * 40}\nb: &b [x, *a, y]"
    assert value(f"{deep}\nc: {'[' * 22}*b{']' * 22}")
    assert "deeper" in str(refusal(f"{deep}\nc: {'[' * 23}*b{']' * 23}"))


def test_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"] + [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert "aliases stand for" in str(refusal("\n".join(lines)))


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000, "%TAG !a! x\n" * 80_000, "-\n" * 500_000, "'" + "a\n" * 500_000],
    ids=["flow", "map", "block", "complex", "tags", "wide", "open"],
)
def test_hostile_megabytes_end_quickly(text: str) -> None:
    started = perf_counter()
    with suppress(DocumentError):
        read_yaml(text.encode()[:MAX_BYTES], "a.yaml")
    assert perf_counter() - started < 20  # they take minutes, or crash the interpreter, where no limit holds


def test_size_is_limited_and_the_limit_can_be_raised() -> None:
    data = b"a: " + b"x" * MAX_BYTES
    assert "bytes" in str(refusal(data))
    assert read_yaml(data, "a.yaml", max_bytes=2 * MAX_BYTES)


FRAGMENTS = st.lists(
    st.sampled_from(
        [*"[]{}:,-?&*!|>'\"%@`#~ \n\t\r", "a", "*a", "&a ", "<<", ": ", "- ", "---\n", "...\n", "!x ", "0x", "1e9", "é", "\\u", "\0"]
    ),
    max_size=60,
).map(lambda parts: "".join(parts).encode())


@given(st.one_of(FRAGMENTS, st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_a_tree_or_a_document_error(data: bytes) -> None:
    for local_tags in (False, True):
        try:
            for node in read_yamls(data, "a.yaml", local_tags=local_tags):
                plain(node)
            blamed = "a.yaml"
        except DocumentError as error:
            blamed = error.path
        assert blamed == "a.yaml"


def test_pure_python_parser_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    text = b"a: &x [1, '2', {b: c}]\nd: *x\ne: |\n  text\n"
    with_library = read_yaml(text, "a.yaml")
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert read_yaml(text, "a.yaml") == with_library
    assert "deeper" in str(refusal("[" * 50_000))
