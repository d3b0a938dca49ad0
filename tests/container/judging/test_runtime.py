"""The rules as a whole: what they all keep to, and that it makes no difference in which syntax a container is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gates.container.rules.levels import severity
from gates.container.rules.runtime import LEVELS
from gates.container.spec import Syntax
from gates.core.finding import Severity
from tests.container.judging.specs import AT, EXPECTED, TMP, bind, dangerous, doubts, hardened, ids, judged, open_, port, said, spec, tmpfs

SYNTAXES: tuple[Syntax, ...] = ("compose", "docker-run", "kubernetes", "actions")
CONTROLS = (Path(__file__).parents[3] / "docs" / "controls.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_dangerous_container_is_told_of_in_every_syntax(syntax: Syntax) -> None:
    found = judged(dangerous(syntax))
    assert ids(found) == EXPECTED
    assert not doubts(found)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_nothing_is_to_be_said_of_a_hardened_one(syntax: Syntax) -> None:
    assert judged(hardened(syntax)) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_remedy_is_one_line_and_each_message_names_the_container_first(syntax: Syntax) -> None:
    for defect in judged(dangerous(syntax)):
        assert "\n" not in defect.message + defect.remedy
        assert defect.message.split(":")[0].endswith("web")
        assert defect.about == "web"
        assert defect.location == AT


def test_no_two_defects_of_a_rule_share_a_subject() -> None:
    twice = dangerous("compose")._replace(
        mounts=(bind("/etc", "/a"), bind("/etc", "/b", read_only=True), bind("/etc", "/b", read_only=True))
    )
    found = [(defect.rule.id, defect.subject) for defect in judged(twice)]
    assert len(found) == len(set(found))
    assert sum(rule == "container/sensitive-mount" for rule, _ in found) == 2


def test_an_absence_blocks_in_no_baseline_and_a_danger_does() -> None:
    bare = judged(spec(image=said("acme/app:1.2")))
    levels = {level.rule.id: level for level in LEVELS}
    assert {severity(levels[defect.rule.id], "baseline") for defect in bare} <= {None, Severity.LOW}
    dangers = [severity(levels[f"container/{id}"], "baseline") for id in ("privileged", "docker-socket", "host-pid", "plain-secret")]
    assert all(danger is not None and danger >= Severity.HIGH for danger in dangers)


def test_what_cannot_be_resolved_is_one_doubt_and_no_finding() -> None:
    unknown = hardened(
        user=open_("${WHO}"),
        privileged=open_("${P}"),
        cap_add=(open_("${CAP}"),),
        no_new_privileges=open_("no-new-privileges:${N}"),
        seccomp=open_("${S}"),
        apparmor=open_("${A}"),
        labels_off=open_("${L}"),
        read_only=open_("${R}"),
        mounts=(bind(open_("${DIR}")), tmpfs(TMP, "1m")),
        pid=open_("${PID}"),
        devices=(open_("${DEV}"),),
        memory=open_("${MEM}"),
        image=open_("acme/app:${TAG}"),
        healthcheck=open_("${H}"),
    )
    found = judged(unknown)
    assert ids(found) == set()
    assert len(found) == len(doubts(found)) == 14
    assert all("cannot judge" in defect.message and "${" in defect.message for defect in found)


def test_a_default_is_judged_and_told_of() -> None:
    (defect,) = judged(hardened(privileged=said(True, by_default=True, text="${PRIVILEGED:-true}")))
    assert "the default of ${PRIVILEGED:-true}" in defect.message


def test_an_example_of_a_document_stays_one() -> None:
    assert all(defect.example for defect in judged(dangerous("docker-run", example=True)))


def test_what_concerns_the_host_is_milder_on_a_machine_that_is_thrown_away() -> None:
    hosted = {defect.rule.id: defect for defect in judged(dangerous("actions", unsaid=frozenset({"ports"})))}
    assert hosted["container/privileged"].severity == Severity.HIGH
    assert hosted["container/docker-socket"].severity == Severity.HIGH
    assert hosted["container/user-root"].severity == Severity.MEDIUM
    assert hosted["container/plain-secret"].severity is None
    assert "container/port-on-all-interfaces" not in hosted
    kept = {defect.rule.id: defect for defect in judged(dangerous("actions"))}
    assert kept["container/privileged"].severity is None


def test_what_is_started_for_one_command_needs_no_limits() -> None:
    assert not ids(judged(dangerous("compose", short_lived=True))) & {
        "memory-unlimited",
        "cpu-unlimited",
        "pids-unlimited",
        "healthcheck-missing",
    }


def test_absence_of_what_a_syntax_cannot_say_says_nothing() -> None:
    unsaid = frozenset(("read_only", "capabilities", "new_privileges", "memory", "cpus", "pids", "tmpfs", "healthcheck", "ports"))
    bare = spec(image=said("acme/app@sha256:" + "0" * 64), unsaid=unsaid, ports=(port("80", "80"),), healthcheck=said(False))
    assert judged(bare) == []


def test_every_rule_names_a_row_of_the_controls_page() -> None:
    for level in LEVELS:
        assert f"\n| {level.rule.control} |" in CONTROLS, level.rule.id


def test_every_rule_is_complete() -> None:
    assert len({level.rule.id for level in LEVELS}) == len(LEVELS) == 42
    for level in LEVELS:
        rule = level.rule
        assert rule.id.startswith("container/")
        assert all((rule.summary, rule.why, rule.remedy, rule.references)), rule.id
        assert all(reference.startswith("https://") for reference in rule.references)
        assert rule.severity == (level.hardened if level.baseline is None else level.baseline)
        assert level.baseline is None or level.baseline <= level.hardened
