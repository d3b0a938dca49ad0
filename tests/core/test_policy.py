from __future__ import annotations

import os
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import policy, source
from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Context, Event, Flag, Gate
from gates.core.policy import Policy
from gates.core.source import Source

TODAY = date(2026, 11, 20)
LOUD = Rule("alpha/loud", Severity.HIGH, "loud", "why", "remedy")
QUIET = Rule("alpha/quiet", Severity.LOW, "quiet", "why", "remedy")


class External(NamedTuple):
    name: str
    owner: str
    sunset: date
    level: Severity = Severity.LOW


class Options(NamedTuple):
    word: str = "w"
    count: int = 1
    ratio: float = 0.5
    strict: bool = True
    names: tuple[str, ...] = ()
    mode: Literal["one", "two"] = "one"
    external: tuple[External, ...] = ()
    once: str = ""


def check(context: Context, options: object) -> Iterator[Event]:
    yield from ()


ALPHA = Gate("alpha", "the first", (LOUD, QUIET), Options, check, (Flag("--once", "once", "only here", policy=False),))
NAMES = ("alpha", "container")
ANSWERED = 'owner = "@acme/sec"\nreason = "fixtures of the parser tests"\nsunset = 2027-01-15\n'


def of(files: Mapping[str, str], name: str = "tree") -> Source:
    return Source(name, lambda path: files[path].encode() if path in files else None)


def read(text: str) -> Policy:
    return policy.read(of({policy.POLICY_FILE: text}), [ALPHA], NAMES)


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(text)
    return str(caught.value)


def test_missing_policy_is_the_default_one() -> None:
    found = policy.read(of({}), [ALPHA], NAMES)
    assert found == policy.default([ALPHA])
    assert (found.source, found.gates["alpha"].options, found.gates["alpha"].fail_on) == ("default", Options(), Severity.HIGH)
    assert found.weakened(TODAY) == ()


def test_reads_every_kind_of_value() -> None:
    found = read(
        'profile = "hardened"\n[alpha]\nword = "x"\ncount = 3\nratio = 1\nstrict = false\nnames = ["a"]\nmode = "two"\n'
        'fail_on = "medium"\nrequired = true\ntimeout = 30\n'
        '[[alpha.external]]\nname = "n"\nowner = "@o"\nsunset = 2027-01-01\n[network]\noffline = true\n'
    )
    external = External("n", "@o", date(2027, 1, 1))
    assert found.gates["alpha"].options == Options("x", 3, 1.0, False, ("a",), "two", (external,))
    assert found.gates["alpha"][1:] == (Severity.MEDIUM, True, 30.0)
    assert (found.profile, found.network.offline, found.source, found.path) == ("hardened", True, "tree", policy.POLICY_FILE)
    assert found.data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[alpha]\nstrct = true\n", "security/gates.toml:2: unknown key 'strct' in 'alpha'; did you mean 'strict'?"),
        ("[alpah]\n", "security/gates.toml:1: unknown key 'alpah' in the policy; did you mean 'alpha'?"),
        ('[alpha]\nonce = "x"\n', "unknown key 'once'"),
        ("[alpha]\n\ncount = true\n", "security/gates.toml:3: 'count' must be a whole number, not true or false"),
        ('[alpha]\nmode = "three"\n', "'mode' must be one of one, two"),
        ('[alpha]\nfail_on = "hihg"\n', "did you mean 'high'?"),
        ("[alpha]\ntimeout = 0\n", "'timeout' must be"),
        ('[[alpha.external]]\nname = "n"\n', "'owner' is missing"),
        ("alpha = 1\n", "'alpha' must be a table, not a number"),
        ("container = 1\n", "'container' must be a table, not a number"),
        ('profile = "lax"\n', "'profile' must be one of"),
        ("[alpha\n", "security/gates.toml:1: not valid TOML"),
        ('[rules."alpha/lod"]\nseverity = "low"\n', "unknown rule 'alpha/lod'; did you mean 'alpha/loud'?"),
        ('[rules."gamma/x"]\nseverity = "low"\n', "there is no gate 'gamma'"),
        ('[rules."policy/x"]\nseverity = "low"\n', "unknown rule 'policy/x'"),
        ('[rules."alpha/loud"]\nseverity = "low"\n', "takes an owner, a reason and a sunset; missing: owner, reason, sunset"),
        ('[rules."alpha/loud"]\nseverity = "low"\nowner = "@o"\n', "missing: reason, sunset"),
        ('[[exclude]]\npaths = ["a"]\ngates = ["alpha"]\nowner = "@o"\nreason = "because of reasons"\n', "'sunset' is missing"),
        (f'[[exclude]]\npaths = ["**"]\ngates = ["alpha"]\n{ANSWERED}', "must name what it leaves out"),
        (f'[[exclude]]\npaths = ["a/"]\ngates = ["alpha"]\n{ANSWERED}', "write a/**"),
        (f'[[exclude]]\npaths = ["a"]\ngates = ["gamma"]\n{ANSWERED}', "unknown gate 'gamma'"),
        (f'[[exclude]]\npaths = ["a"]\ngates = []\n{ANSWERED}', "at least one"),
        (f'[[exclude]]\npaths = ["a"]\n{ANSWERED}', "'gates' is missing"),
        ('[waivers]\nfile = "../x"\n', "relative to the repository"),
        ('[network]\nproxy = "x"\n', "'proxy' must be a URL"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, message: str) -> None:
    assert message in refusal(text)


def test_tables_of_gates_that_are_not_loaded_are_left_alone() -> None:
    found = read('[container]\nanything = 1\n[rules."container/whatever"]\nseverity = "low"\n')
    assert list(found.gates) == ["alpha"]


# Where it is found


def test_pyproject_serves_where_it_has_the_table() -> None:
    for text in ("[tool.gates.alpha]\ncount = 2\n", "[tool]\ngates.alpha.count = 2\n", '[ tool . "gates" . alpha ]\ncount = 2\n'):
        found = policy.read(of({"pyproject.toml": text}), [ALPHA], NAMES)
        assert (found.gates["alpha"].options.count, found.path) == (2, "pyproject.toml")


@pytest.mark.parametrize("text", ["[tool.other]\nx = 1\n", "not [ toml", "[project]\nname = 'gates'\n"])
def test_pyproject_without_the_table_does_not_count(text: str) -> None:
    files = {"pyproject.toml": text, policy.POLICY_FILE: "[alpha]\ncount = 3\n"}
    assert policy.read(of(files), [ALPHA], NAMES).gates["alpha"].options.count == 3
    assert policy.read(of({"pyproject.toml": text}), [ALPHA], NAMES).source == "default"


def test_two_policies_are_refused() -> None:
    with pytest.raises(UsageError, match=r"pyproject.toml:2: \[tool.gates\] and security/gates.toml are both present"):
        policy.read(of({"pyproject.toml": "\n[tool.gates]\n", policy.POLICY_FILE: ""}), [ALPHA], NAMES)


def test_an_empty_policy_file_is_a_policy() -> None:
    assert read("").source == "tree"


def test_chosen_file_must_exist() -> None:
    files = {"x/p.toml": "[alpha]\ncount = 4\n", policy.POLICY_FILE: "nonsense", "pyproject.toml": "[project]\n"}
    assert policy.read(of(files), [ALPHA], NAMES, chosen="x/p.toml").gates["alpha"].options.count == 4
    with pytest.raises(UsageError, match="no such policy file"):
        policy.read(of(files), [ALPHA], NAMES, chosen="y.toml")
    with pytest.raises(UsageError, match="holds no table"):
        policy.read(of(files), [ALPHA], NAMES, chosen="pyproject.toml")


# What it decides


def test_exclusion_counts_through_its_sunset_for_its_gates() -> None:
    found = read(f'[[exclude]]\npaths = ["tests/data/**"]\ngates = ["alpha"]\n{ANSWERED}')
    excluded = found.excluded("alpha", date(2027, 1, 15))
    assert excluded("tests/data/x") == "excluded by the policy until 2027-01-15: fixtures of the parser tests"
    assert excluded("tests/x") == ""
    assert found.excluded("container", TODAY)("tests/data/x") == ""
    assert found.excluded("alpha", date(2027, 1, 16))("tests/data/x") == ""
    assert found.weakened(TODAY) == (("exclude tests/data/** from alpha", "@acme/sec", "fixtures of the parser tests", "2027-01-15"),)
    assert found.weakened(date(2027, 1, 16)) == ()


def found_by(rule: Rule, severity: Severity | None = None) -> Finding:
    return finding(rule, "message", Location("a"), "subject", severity=severity)


def test_laxer_severity_counts_through_its_sunset() -> None:
    found = read(f'[rules."alpha/loud"]\nseverity = "low"\n{ANSWERED}')
    assert found.severity(found_by(LOUD), date(2027, 1, 15)) is Severity.LOW
    assert found.severity(found_by(LOUD), date(2027, 1, 16)) is Severity.HIGH
    assert found.severity(found_by(QUIET), TODAY) is Severity.LOW
    assert [entry.what for entry in found.weakened(TODAY)] == ["alpha/loud is low (by default high)"]
    assert found.weakened(date(2027, 1, 16)) == ()


def test_stricter_severity_needs_nobody_and_never_lowers() -> None:
    found = read('[rules."alpha/quiet"]\nseverity = "medium"\n')
    assert found.severity(found_by(QUIET), TODAY) is Severity.MEDIUM
    assert found.severity(found_by(QUIET, Severity.CRITICAL), TODAY) is Severity.CRITICAL
    assert found.weakened(TODAY) == ()


@given(st.sampled_from(Severity), st.sampled_from(Severity), st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_nothing_that_nobody_answers_for_lowers_a_finding(own: Severity, override: Severity, today: date) -> None:
    text = f'[rules."alpha/loud"]\nseverity = "{override}"\n'
    laxer = override < LOUD.severity
    found = read(text + (ANSWERED if laxer else ""))
    decided = found.severity(found_by(LOUD, own), today)
    assert decided >= own or (laxer and today <= date(2027, 1, 15))


def test_laxer_values_are_listed() -> None:
    found = read('[alpha]\nfail_on = "critical"\nword = "private"\nstrict = false\n')
    listed = [entry.what for entry in found.weakened(TODAY)]
    assert listed == ["alpha: blocks from critical (by default high)", "alpha: word is set", "alpha: strict is set"]


def test_options_that_can_tell_name_the_laxer_fields() -> None:
    class Telling(NamedTuple):
        salt: str = ""
        depth: int = 5

        def laxer(self) -> tuple[str, ...]:
            return ("depth",) if self.depth < 5 else ()

    assert policy.laxer_options(Telling("x", 9)) == ()
    assert policy.laxer_options(Telling("x", 3)) == ("depth",)


def test_hardened_profile_blocks_earlier() -> None:
    assert policy.default_fail_on("container", "hardened") is Severity.MEDIUM
    assert policy.default_fail_on("container", "baseline") is Severity.HIGH
    assert policy.default_fail_on("secrets", "hardened") is Severity.HIGH


# What a change does to it


def changes(tree: dict[str, str], trusted: dict[str, str]) -> list[str]:
    reference = of(trusted, "ref:main")
    found = policy.read(reference, [ALPHA], NAMES)
    return [each.subject for each in policy.changed(of(tree), reference, found)]


def test_each_edited_file_that_decides_is_named() -> None:
    trusted = {policy.POLICY_FILE: '[waivers]\nfile = "w.yaml"\nignore_files = ["i.txt"]\n', "w.yaml": "a", "i.txt": "b"}
    assert changes(trusted, trusted) == []
    assert changes({**trusted, "w.yaml": "x", "security/baseline.json": "{}"}, trusted) == ["w.yaml", "security/baseline.json"]
    assert changes({}, trusted) == [policy.POLICY_FILE, "w.yaml", "i.txt"]
    assert changes({**trusted, "security/waivers.yaml": "elsewhere"}, trusted) == []


def test_pyproject_counts_as_changed_only_by_its_table() -> None:
    trusted = {"pyproject.toml": "[project]\nname = 'x'\n[tool.gates]\n"}
    assert changes({"pyproject.toml": "[project]\nname = 'y'\n[tool.gates]\n"}, trusted) == []
    assert changes({"pyproject.toml": "[tool.gates.alpha]\ncount = 1\n"}, trusted) == ["pyproject.toml"]
    assert changes({"pyproject.toml": "gates ["}, trusted) == ["pyproject.toml"]
    assert changes({}, trusted) == ["pyproject.toml"]


# Sources


def test_tree_reads_files_and_refuses_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"x")
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to("a.toml")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "d" / "a").write_bytes(b"x")
    (tmp_path / "through").symlink_to("d")
    (tmp_path / "big").write_bytes(b"x" * (1 << 20) + b"x")
    os.mkfifo(tmp_path / "fifo")
    tree = source.tree(str(tmp_path))
    assert tree.read("a.toml") == b"x"
    assert tree.read("missing/file") is None
    assert tree.read("a.toml/file") is None
    for path in ("d", "link", "gone", "through/a", "fifo", "big"):
        with pytest.raises(DocumentError) as caught:
            tree.read(path)
        assert caught.value.path == path


def test_a_top_that_is_reached_through_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"x")
    (tmp_path / "top").symlink_to("real")
    assert source.tree(str(tmp_path / "top")).read("a") == b"x"


def test_named_file_follows_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    assert source.named_file(str(tmp_path)).read("link") == b"x"


@given(st.binary(max_size=120) | st.text("[]=.\"'{}, \nalphrues12", max_size=80).map(str.encode))
def test_any_bytes_are_a_policy_or_a_usage_error(data: bytes) -> None:
    try:
        blamed = policy.read(Source("tree", {policy.POLICY_FILE: data}.get), [ALPHA], NAMES).path
    except UsageError as error:
        blamed = error.path
    assert blamed == policy.POLICY_FILE


def test_annotations_are_readable_at_run_time() -> None:
    assert typing.get_type_hints(Options)["mode"] == Literal["one", "two"]
