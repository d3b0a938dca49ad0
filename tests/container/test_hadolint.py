"""hadolint as a second engine: the real program where it can show it, a stand-in for the faults it cannot be made to have."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gates.container import hadolint_program
from gates.container.dockerfile.reading import read
from gates.container.hadolint import FOLDS, judge, without_duplicates, without_orders
from gates.container.hadolint_program import Broken, read_report
from gates.container.options import Options, Service
from gates.container.rules import hadolint as rules
from gates.container.rules.levels import Levelled
from gates.container.rules.table import LEVELS
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Context, Event, Selection, ToolUsed, Unread
from tests.detect.expand import expand
from tests.image.tools import need

BAD = """\
FROM debian:12 AS build
RUN apt-get update && \\
    apt-get install -y curl
FROM debian:12
WORKDIR app
RUN cd /tmp && echo $x | cat
"""
# With this each rule of hadolint that needs no settings is broken at least once.
EVERYTHING = """\
FROM --platform=$TARGETPLATFORM debian AS scratch
FROM --platform=linux/amd64 debian:latest AS context
ARG API_TOKEN=x
WORKDIR app
COPY --from=context / /
COPY --from=scratch / /
MAINTAINER x
RUN wget x && curl y
EXPOSE 80000
ENV A=1 B=$A
ONBUILD FROM x
ADD x /
COPY a b c
COPY --from=zz a b
HEALTHCHECK NONE
HEALTHCHECK NONE
CMD a
CMD b
ENTRYPOINT a
ENTRYPOINT b
RUN ln -sfv /bin/bash /bin/sh
RUN useradd -u 123456 a
RUN ssh x
RUN sudo x
RUN apt install x
RUN gem install x
RUN npm install x
RUN yum install x
RUN dnf install x
RUN zypper install x
RUN zypper dup
RUN apt-get update && apt-get install x
RUN yarn install
COPY x.tar.gz /
RUN tar xf /x.tar.gz
RUN cd /x | cat
LABEL UPPER=x
RUN go install x
RUN pip install x
RUN apk add --update x
USER worker
USER root
FROM debian AS context
"""


def context(root: Path, *, seconds: float = 60, timeout: float = 60, **environment: str) -> Context:
    return Context(
        root=str(root),
        repository=None,
        selection=Selection("paths", (".",)),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(seconds),
        tool_timeout=timeout,
        environment={**os.environ, **environment},
        offline=True,
        progress=lambda done, total, unit: None,
    )


def real(root: Path, *files: str | bytes, options: Options | None = None, **environment: str) -> list[Event]:
    """What hadolint itself says of files that are named Dockerfile.0, Dockerfile.1 …"""
    chosen = (options or Options())._replace(hadolint=need("hadolint"))
    return list(judge(named(*files), context(root, **environment), chosen))


def named(*files: str | bytes) -> list[tuple[str, bytes]]:
    return [(f"Dockerfile.{number}", file.encode() if isinstance(file, str) else file) for number, file in enumerate(files)]


def found(events: Iterable[Event]) -> list[Finding]:
    return [event for event in events if isinstance(event, Finding)]


def unread(events: Iterable[Event]) -> list[Unread]:
    return [event for event in events if isinstance(event, Unread)]


def codes(events: Iterable[Event]) -> list[tuple[int, str]]:
    return [(each.location.line, re.findall(r"(?:DL|SC)\d{4}", each.message)[0]) for each in found(events) if each.location]


# The real program


def test_each_message_is_a_finding_of_its_rule(tmp_path: Path) -> None:
    events = real(tmp_path, BAD)
    assert isinstance(events[0], ToolUsed)
    assert events[0].name == "hadolint"
    assert codes(events) == [(2, "DL3008"), (2, "DL3015"), (5, "DL3000"), (6, "DL3003"), (6, "DL4006"), (6, "SC2086")]
    first, _, relative, *_, quoted = found(events)
    assert first.rule.id == "container/hadolint-dl3008"
    assert first.message == "stage build: DL3008: apt installs a package without a version"
    assert first.location == Location("Dockerfile.0", 2, 1, 3, 28)
    assert first.data == {"stage": "build", "resolved": True}
    assert (first.severity, relative.severity, quoted.severity) == (Severity.LOW, Severity.MEDIUM, Severity.INFO)
    assert relative.data == {"stage": "1", "resolved": True}
    assert quoted.rule is rules.SHELLCHECK
    assert quoted.message.startswith("stage 1: SC2086: Double quote")


def test_subjects_differ_and_outlive_moved_lines(tmp_path: Path) -> None:
    twice = "FROM debian:12\nRUN cd /a\nCOPY a /a\nRUN cd /a\n"
    before, after = real(tmp_path, twice), real(tmp_path, twice.replace("COPY", "\n# more\n\nCOPY"))
    subjects = [(each.rule.id, each.subject) for each in found(before)]
    assert len(set(subjects)) == len(subjects) == 4
    assert subjects == [(each.rule.id, each.subject) for each in found(after)]


def test_no_rule_of_hadolint_is_without_a_page_or_of_another_level(tmp_path: Path) -> None:
    order = "RUN x\nFROM debian:12 AS a\nFROM debian:12 AS a\n"
    last = "FROM debian:12\nCOPY x.tar.gz x/\nRUN tar -xf x/x.tar.gz\nRUN apt-get update && apt-get install x\nRUN yarn install\n"
    events = found(real(tmp_path, EVERYTHING, order, last))
    said = {each.rule.id: each for each in events}
    listed = {level.rule.id for level in rules.LEVELS} - {rules.UNLISTED.id}
    assert said.keys() == listed
    assert all(each.severity == each.rule.severity for each in events if each.rule is not rules.SHELLCHECK)


def test_a_good_dockerfile_has_no_finding(tmp_path: Path) -> None:
    events = real(tmp_path, 'FROM debian:12@sha256:0\nUSER 1000\nCMD ["/bin/true"]\n')
    assert [type(event) for event in events] == [ToolUsed]


def test_no_configuration_has_a_say(tmp_path: Path) -> None:
    silencing = "ignored: [DL3000, DL3003, DL3008, DL4006, SC2086]\nfailure-threshold: none\nno-fail: true\n"
    for place in (".hadolint.yaml", ".config/hadolint.yaml", ".hadolint/hadolint.yaml", ".shellcheckrc"):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text("disable=all\n" if place == ".shellcheckrc" else silencing)
    usual = codes(real(tmp_path, BAD))
    assert len(usual) == 6
    settings = {"HADOLINT_IGNORE": "DL3008,DL3000", "HADOLINT_FORMAT": "tty", "HADOLINT_CONFIG": ".hadolint.yaml", "GHCRTS": "--info"}
    homes = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"), "SHELLCHECK_OPTS": "--exclude=SC2086"}
    old = os.getcwd()
    os.chdir(tmp_path)
    try:
        assert codes(real(tmp_path, BAD, **settings, **homes)) == usual
    finally:
        os.chdir(old)


@pytest.mark.parametrize(
    "comment",
    [
        "# hadolint ignore=DL3003,DL4006,SC2086,SC2164",
        "# hadolint global ignore=DL3003,DL4006,SC2086,SC2164",
        "# hadolint shell=powershell",
        "#hadolint\tshell=powershell",
        "# shellcheck disable=all",
    ],
)
@pytest.mark.parametrize("line", [1, 2])
def test_no_comment_ends_a_check(tmp_path: Path, comment: str, line: int) -> None:
    lines = ["FROM debian:12", "RUN cd /tmp && echo $x | cat"]
    plain = [*lines[: line - 1], "#", *lines[line - 1 :]]
    told = [*lines[: line - 1], comment, *lines[line - 1 :]]
    assert codes(real(tmp_path, "\n".join(told))) == codes(real(tmp_path, "\n".join(plain))) != []


def test_no_comment_in_a_here_document_ends_a_check(tmp_path: Path) -> None:
    told = "FROM debian:12\nRUN <<EOF\n# shellcheck disable=all\necho $x\nEOF\n"
    assert codes(real(tmp_path, told)) == [(2, "SC2086")]
    inline = "FROM debian:12\nRUN true; \\\n# shellcheck disable=all\n  echo $x\n"
    assert (2, "SC2086") in codes(real(tmp_path, inline))


def test_a_comment_after_a_here_document_hides_nothing(tmp_path: Path) -> None:
    events = real(tmp_path, "FROM debian:12\nRUN <<EOF\necho a\nEOF\n# and now\nRUN cd /x\n")
    assert unread(events) == []
    assert (6, "DL3003") in codes(events)


def test_the_escape_directive_counts(tmp_path: Path) -> None:
    events = real(tmp_path, "# escape=`\nFROM debian:12\nRUN cd /x && `\n  # why\n  echo $x\n")
    assert unread(events) == []
    assert (3, "SC2086") in codes(events)


def test_what_hadolint_cannot_read_is_told_and_the_rest_is_judged(tmp_path: Path) -> None:
    broken = "FROM debian:12\nRUN cd /x\nHunter2 x\n"
    events = real(tmp_path, broken, BAD, b"FROM debian:12\n# \xff\n", BAD)
    assert [(each.path, each.line) for each in unread(events)] == [("Dockerfile.0", 3), ("Dockerfile.2", 2)]
    assert "unter" not in str(unread(events))
    assert {each.location.path for each in found(events) if each.location} == {"Dockerfile.1", "Dockerfile.3"}


def test_what_no_builder_takes_is_not_taken_for_good(tmp_path: Path) -> None:
    events = real(tmp_path, "", "# nothing\n", "RUN cd /x\n", "ARG X=1\n")
    assert unread(events) == []
    assert (1, "DL3061") in codes(events)


def test_letters_beyond_ascii_are_read_whatever_the_locale(tmp_path: Path) -> None:
    assert (2, "DL3003") in codes(real(tmp_path, 'FROM debian:12\nRUN cd /x && echo "ž 日本"\n', LANG="C", LC_ALL="C"))


def test_a_service_has_its_own_profile(tmp_path: Path) -> None:
    options = Options(services=(Service("build", profile="hardened"),))
    blocking = {(each.data["stage"], each.fail_on) for each in found(real(tmp_path, BAD, options=options))}
    assert blocking == {("build", Severity.MEDIUM), ("1", None)}


# A stand-in


def stand_in(folder: Path, answer: str = "", *, version: str = "Haskell Dockerfile Linter 2.15.1") -> str:
    """A program that finds what is wrong with the control sample, and does `answer`, lines of Python, for every other file `name`, of
    which `lines` are there.
    """
    if os.name == "nt":
        pytest.skip("a script is no program here")
    path = folder / "hadolint"
    path.write_text(
        f"#!{sys.executable} -I\n"
        "import json, os, sys, time\n"
        f"if sys.argv[1:] == ['--version']: print({version!r}); sys.exit()\n"
        "name = sys.argv[-1]\n"
        "lines = open(name, encoding='utf-8').read().splitlines()\n"
        "def entry(code, line=1, text='text', level='info', file=name):\n"
        "    return {'code': code, 'column': 1, 'file': file, 'level': level, 'line': line, 'message': text}\n"
        "proof = entry('DL3049', text='Label `gates.hadolint.control` is missing.')\n"
        "def tell(*entries): print(json.dumps([proof, *entries]))\n"
        "if name == 'control.Dockerfile':\n"
        "    tell(*map(entry, ('DL3003', 'DL3006', 'DL4006', 'SC2086')))\n"
        "    sys.exit()\n" + (answer or "tell()") + "\n"
    )
    path.chmod(0o755)
    return str(path)


def ask(program: str, root: Path, *files: str, **limits: float) -> list[Event]:
    return list(judge(named(*(files or ("FROM debian:12\n",))), context(root, **limits), Options(hadolint=program)))


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[Path, Path]:
    """The repository, and a folder that is no part of it."""
    places = tmp_path / "repository", tmp_path / "programs"
    for place in places:
        place.mkdir()
    return places


def test_the_stand_in_passes_for_hadolint(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    assert ask(stand_in(programs), root) == [ToolUsed("hadolint", "2.15.1")]


def test_without_a_dockerfile_nothing_is_started(tmp_path: Path) -> None:
    assert list(judge([], context(tmp_path), Options(hadolint="/none"))) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("sys.exit(1)", "status 1"),
        ("tell(); sys.exit(3)", "status 3"),
        ("os.kill(os.getpid(), 9)", "status -9"),
        ("pass", "not JSON"),
        ("print('[{')", "not JSON"),
        ("print('[' * 200000)", "not JSON"),
        ("print('{}')", "no list"),
        ("print('[1]')", "no file"),
        ("tell(entry('DL3000', file='other'))", "names a file"),
        ("tell(entry('DL3000', level='ignore'))", "another form"),
        ("tell(entry('DL3000', line=0))", "another form"),
        ("tell(entry('DL3000', line=True))", "no line"),
        ("tell(entry('DL3000', line='1'))", "no line"),
        ("tell(entry('DL3000', text=None))", "no message"),
        ("tell(entry('../DL3000'))", "another form"),
        ("print('[]')", "does not say that it looked"),
        ("print(json.dumps([entry('DL3000')]))", "does not say that it looked"),
        ("time.sleep(60)", "stopped after 4 s"),
        ("sys.stdout.write(' ' * (17 << 20))", "wrote more than"),
    ],
)
def test_no_answer_is_no_pass(elsewhere: tuple[Path, Path], answer: str, why: str) -> None:
    root, programs = elsewhere
    program = stand_in(programs, f"if 'good' in lines[0]: tell(entry('DL3000', 1)); sys.exit()\n{answer}")
    events = ask(program, root, "FROM good\n", "FROM debian:12\n", "FROM good\n", timeout=4 if "sleep" in answer else 60)
    assert [(each.path, each.line, why in each.message) for each in unread(events)] == [("Dockerfile.1", 0, True)]
    assert [each.location.path for each in found(events) if each.location] == ["Dockerfile.0", "Dockerfile.2"]


def test_at_the_deadline_it_stops(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    with pytest.raises(GateUnavailable, match="time is over"):
        ask(stand_in(programs, "time.sleep(100)"), root, *["FROM debian:12\n"] * 5, seconds=3)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("Haskell Dockerfile Linter 2.14.9", "too old"),
        ("Haskell Dockerfile Linter 1.99.0", "too old"),
        ("hadolint 2.15.1", "cannot be trusted"),
        ("Haskell Dockerfile Linter", "cannot be trusted"),
        ("", "cannot be trusted"),
    ],
)
def test_another_version_is_refused(elsewhere: tuple[Path, Path], version: str, why: str) -> None:
    root, programs = elsewhere
    with pytest.raises(GateUnavailable, match=why):
        ask(stand_in(programs, version=version), root)


@pytest.mark.parametrize("version", ["2.15.0", "v2.15.2", "2.16.0-dev", "3.0.0"])
def test_a_newer_version_is_taken(elsewhere: tuple[Path, Path], version: str) -> None:
    root, programs = elsewhere
    program = stand_in(programs, version=f"Haskell Dockerfile Linter {version}")
    assert ask(program, root) == [ToolUsed("hadolint", version.removeprefix("v"))]


@pytest.mark.parametrize("fault", ["tell()", "tell(*map(entry, ('DL3003', 'DL3006', 'DL4006')))", "print('[]')", "sys.exit(1)", "pass"])
def test_one_that_misses_the_control_sample_is_refused(elsewhere: tuple[Path, Path], fault: str) -> None:
    root, programs = elsewhere
    program = Path(stand_in(programs))
    program.write_text(program.read_text().replace("    tell(*map(entry, ('DL3003', 'DL3006', 'DL4006', 'SC2086')))", f"    {fault}"))
    with pytest.raises(GateUnavailable, match=r"does not work|control sample"):
        ask(str(program), root)


def test_a_rule_that_is_new_is_not_dropped(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    program = stand_in(programs, "tell(entry('DL9999', 9, 'Do\\nnot\\x1b[1m.', 'error'))")
    (event,) = found(ask(program, root))
    assert (event.rule, event.severity) == (rules.UNLISTED, Severity.MEDIUM)
    assert event.message == "stage 0: DL9999: Do not [1m"
    assert event.location == Location("Dockerfile.0", 9, 1, 9, 1)


def test_no_secret_reaches_hadolint(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    secret = expand("live_{alnum:40}").decode()
    program = stand_in(programs, "tell(entry('SC9999', 2, lines[1]))")
    (event,) = found(ask(program, root, f"FROM debian:12\nRUN GOCARDLESS_ACCESS_TOKEN={secret} ./deploy\n"))
    assert secret not in repr(event)
    assert "RUN GOCARDLESS_ACCESS_TOKEN=" in event.message
    assert event.message.endswith(" ./deploy")
    assert "*" not in event.message


def test_no_message_of_hadolint_shows_a_login_or_a_secret(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    secret = expand("ghp_{alnum:36}").decode()
    program = stand_in(programs, f"tell(entry('SC9999', 2, {secret!r} + ' and https://someone:some-pass@example.com/x?key=some-key'))")
    (event,) = found(ask(program, root))
    assert not re.search(f"{secret}|some-pass|some-key", repr(event))
    assert "https://example.com/x" in event.message


def test_it_runs_where_nothing_of_the_repository_is(elsewhere: tuple[Path, Path]) -> None:
    root, programs = elsewhere
    program = stand_in(programs, "tell(entry('SC9999', 1, ' '.join([*sorted(os.listdir()), *sorted(os.environ), os.environ['HOME']])))")
    (event,) = found(list(judge(named("FROM a\n"), context(root, HADOLINT_IGNORE="x", GHCRTS="-x"), Options(hadolint=program))))
    assert "0.Dockerfile control.Dockerfile " in event.message
    assert not re.search("HADOLINT|GHCRTS|XDG|GIT_", event.message)


# Where the program comes from


def test_it_never_comes_from_the_repository(elsewhere: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root, programs = elsewhere
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    inside = stand_in(root)
    link = programs / "link"
    link.symlink_to(inside)
    for chosen in (inside, str(link), f"{programs}/../repository/hadolint"):
        with pytest.raises(GateUnavailable, match="must not bring its own judge"):
            ask(chosen, root)
    with pytest.raises(GateUnavailable, match=re.escape("pip install 'gates[hadolint]'")):
        list(judge(named(BAD), context(root, PATH=str(root)), Options()))
    with pytest.raises(GateUnavailable, match="absolute"):
        ask("./hadolint", root)


def test_one_that_is_not_there_is_told(elsewhere: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root, programs = elsewhere
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    with pytest.raises(GateUnavailable, match=re.escape("pip install 'gates[hadolint]'")):
        list(judge(named(BAD), context(root, PATH=str(programs)), Options()))
    (programs / "text").write_text("no program")
    for chosen in (str(programs / "none"), str(programs), str(programs / "text")):
        with pytest.raises(GateUnavailable, match="names no program"):
            ask(chosen, root)


def test_the_one_beside_python_comes_first_then_path(elsewhere: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root, programs = elsewhere
    beside, other = programs / "environment", programs / "path"
    for place in (beside, other):
        place.mkdir()
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    on_path = stand_in(other)
    there = context(root, PATH=str(other))
    assert hadolint_program.find("", there) == on_path
    own = stand_in(beside)
    assert hadolint_program.find("", there) == own
    assert hadolint_program.find("hadolint", there) == on_path  # who names it means PATH


# The copy


def test_the_copy_has_the_same_lines() -> None:
    file = b"# syntax=x\r\n#\r\nFROM a\r\n\r\n# hadolint ignore=DL3000\r\nRUN a \\\r\n # Hadolint b\r\n c # ShellCheck\r\n# end"
    copy = without_orders(file, read(file, "Dockerfile"))
    assert copy == b"# syntax=x\r\n#\r\nFROM a\r\n\n\nRUN a \\\r\n # Hadolinx b\r\n c # ShellChecx\r\n"
    assert without_orders(b"# hadolint\n", read(b"# hadolint\n", "Dockerfile")) == b"# hadolinx\n"


# Duplicates

OTHER = Rule("container/other", Severity.LOW, "", "", "")


def theirs(code: str, line: int, end: int) -> Finding:
    return finding(rules.rule_of(code), "", Location("Dockerfile", line, 1, end, 9), code, data={"stage": "", "resolved": True})


def ours(rule: str, line: int, message: str = "", path: str = "Dockerfile", resolved: bool = True) -> Finding:
    return finding(OTHER._replace(id=f"container/{rule}"), message, Location(path, line), "", data={"stage": "", "resolved": resolved})


@pytest.mark.parametrize(
    ("own", "code", "kept"),
    [
        (ours("user-root", 3), "DL3002", False),
        (ours("user-root", 5), "DL3002", False),
        (ours("user-root", 2), "DL3002", True),
        (ours("user-root", 6), "DL3002", True),
        (ours("user-root", 3, path="other"), "DL3002", True),
        (ours("user-root", 3, resolved=False), "DL3002", True),
        (ours("user-missing", 3), "DL3002", True),
        (ours("base-untagged", 3), "DL3006", False),
        (ours("base-untagged", 3), "DL3007", False),
        (ours("base-not-pinned", 3), "DL3007", True),
        (ours("unpinned-install", 4, "stage 0: pip3 installs x"), "DL3013", False),
        (ours("unpinned-install", 4, "stage 0: pip installs x"), "DL3008", True),
        (ours("unpinned-install", 4, "stage 0: apt-get installs x"), "DL3008", False),
        (ours("package-cache", 4, "stage 0: the lists of apt-get stay"), "DL3009", False),
        (ours("package-cache", 4, "stage 0: the cache of pip stays"), "DL3009", True),
        (ours("secret-in-env", 3), "DL3064", False),
        (ours("secret-in-arg", 3), "DL3064", False),
        (ours("sudo-installed", 3, "stage 0: apt-get installs sudo"), "DL3004", True),
        (ours("entrypoint-sudo", 3), "DL3004", True),
        (ours("pipe-to-shell", 3), "DL4006", True),
        (ours("user-root", 3), "SC2086", True),
    ],
)
def test_what_our_own_rules_say_is_said_once(own: Finding, code: str, kept: bool) -> None:
    events: Sequence[Event] = [ToolUsed("hadolint", "1"), theirs(code, 3, 5), Unread("a", 1, "b")]
    assert list(without_duplicates([own], events)) == [event for event in events if kept or not isinstance(event, Finding)]


def test_every_fold_is_of_rules_that_there_are() -> None:
    assert FOLDS.keys() | {rule for fold in FOLDS.values() for rule in fold.rules} <= LEVELS.keys()


# Policy and rules


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (Options(), None),
        (Options(engines=("builtin", "hadolint")), None),
        (Options(engines=("hadolint", "builtin"), hadolint="hadolint-2"), None),
        (Options(hadolint=os.path.abspath("hadolint")), None),
        (Options(engines=("hadolint",)), "engines"),
        (Options(engines=()), "engines"),
        (Options(engines=("builtin", "hadolnt")), "engines"),
        (Options(hadolint="./hadolint"), "hadolint"),
    ],
)
def test_the_policy_is_checked(options: Options, key: str | None) -> None:
    problem = options.problem()
    assert (problem and problem[0]) == key


@pytest.mark.parametrize("level", rules.LEVELS, ids=lambda level: level.rule.id)
def test_a_rule_has_all_that_a_page_needs(level: Levelled) -> None:
    rule = level.rule
    assert re.fullmatch(r"container/hadolint-[a-z0-9]+", rule.id)
    assert level.baseline == level.hardened == rule.severity < Severity.HIGH
    assert all((rule.summary, rule.why, rule.remedy))
    assert rule.references[0].startswith("https://")
    assert f"| {rule.control} |" in (Path(__file__).parents[2] / "docs" / "controls.md").read_text(encoding="utf-8")


def test_rules_are_told_apart() -> None:
    summaries = [level.rule.summary for level in rules.LEVELS]
    assert len(set(summaries)) == len(summaries)
    assert rules.rule_of("DL3008").id == "container/hadolint-dl3008"
    assert rules.rule_of("SC1000") is rules.SHELLCHECK
    assert rules.rule_of("DL0000") is rules.UNLISTED


def test_a_report_is_read_by_place() -> None:
    def entry(code: str, line: int, text: str = "") -> Mapping[str, Any]:
        return {"code": code, "column": 1, "file": "x", "level": "style", "line": line, "message": text}

    report = json.dumps([entry("DL3001", 7), entry("SC2086", 2), entry("DL3000", 2)])
    assert [message.code for message in read_report(report.encode(), "x").messages] == ["DL3000", "SC2086", "DL3001"]
    assert not read_report(report.encode(), "x").looked
    own = json.dumps([entry("DL3049", 1, "Label `a` is missing.")])  # a label that somebody else asks for
    assert [message.code for message in read_report(own.encode(), "x").messages] == ["DL3049"]
    with pytest.raises(Broken):
        read_report(b"\xff", "x")
