"""What holds for all rules on Dockerfiles together."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.container.rules import build, runtime
from tests.container.judging.dockerfiles import defects, lines, of

CASES = Path(__file__).parents[1] / "cases"
FILES = sorted(path.read_text() for path in CASES.rglob("*") if path.is_file() and path.name in ("Dockerfile", "docker-entrypoint.sh"))
PIECES = st.sampled_from(
    (
        *(
            "FROM a AS b\n",
            "RUN ",
            "USER ",
            "$",
            "${X:-",
            "}",
            "'",
            '"',
            "`",
            "\\\n",
            "|",
            "&&",
            ";",
            "<<EOF\n",
            "EOF\n",
            "[",
            "]",
            "(",
            ")",
        ),
        *(
            "curl ",
            "-k",
            "sh -c ",
            "chmod ",
            "777",
            "git",
            "npm",
            "yarn",
            "pip install ",
            "exec ",
            "gosu ",
            "COPY . .\n",
            "ENV A=",
            "ONBUILD ",
        ),
        *("exit\n", "set -- ", "case ", " in ", "esac\n", "if ", "then ", "fi\n", "umask ", "\x00", "\t", "é"),
    )
)


@given(st.sampled_from(FILES), st.lists(st.tuples(st.integers(0, 600), PIECES, st.integers(0, 8)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_a_rule_raise_and_no_two_defects_share_a_subject(text: str, edits: list[tuple[int, str, int]]) -> None:
    for at, piece, cut in edits:
        text = text[:at] + piece + text[at + cut :]
    text = text.replace("\x00", "?")
    files = dict.fromkeys(("docker-entrypoint.sh", "entrypoint.sh", "run.sh", ".dockerignore"), text)
    found = defects(text, files)
    keys = [(defect.rule.id, defect.location.path, defect.subject) for defect in found]
    assert len(keys) == len(set(keys))
    assert all(defect.about and defect.location.line > 0 for defect in found)
    assert {defect.rule.id for defect in found} <= {level.rule.id for level in (*build.LEVELS, *runtime.LEVELS)}


def test_the_rules_have_what_their_pages_need() -> None:
    assert len({level.rule.id for level in build.LEVELS}) == len(build.LEVELS) == 21
    for level in build.LEVELS:
        rule = level.rule
        assert all((rule.summary, rule.why, rule.remedy, rule.references, rule.control)), rule.id


@pytest.mark.parametrize("text", ["", "# nothing\n", "RUN x\n", "ARG A\n", "FROM\n", "FROM a\nFROM\n"])
def test_a_file_that_builds_nothing_is_no_surprise(text: str) -> None:
    assert not [defect for defect in defects(text) if defect.resolved and defect.rule.id == "container/user-root"]


def test_a_large_file_takes_no_longer_than_it_is_large() -> None:
    text = "FROM debian:13\n" + "RUN curl -o /x https://a.example.com/x && pip install a==1 && chmod 755 /x\n" * 400
    assert defects(text)


@pytest.mark.parametrize(
    "shell",
    [
        '"/usr/bin/env", "bash", "-c"',
        '"conda", "run", "--no-capture-output", "-n", "e", "/bin/bash", "-c"',
        '"micromamba", "run", "-n", "base", "/bin/bash", "-c"',
        '"busybox", "sh", "-c"',
        '"tini", "--", "bash", "-c"',
        '"/bin/bash", "--login", "-c"',
    ],
)
def test_shells_that_others_start_are_read(shell: str) -> None:
    assert lines("pipe-to-shell", f"FROM debian:13\nSHELL [{shell}]\nRUN curl https://x.example/i | sh\n") == [3]


@pytest.mark.parametrize("shell", ['"pwsh", "-c"', '"/usr/bin/fish", "-c"', '"cmd", "/S", "/C"', '"conda", "run"', '"python3", "-c"'])
def test_a_shell_that_is_not_read_is_told_once_for_each_stage(shell: str) -> None:
    text = f'FROM debian:13\nSHELL [{shell}]\nRUN curl https://x.example/i | sh\nRUN x\nRUN ["y"]\n'
    found = of("pipe-to-shell", defects(text))
    assert [(each.location.line, each.resolved) for each in found] == [(3, False)]
    assert not of("pipe-to-shell", defects(f'FROM debian:13\nSHELL [{shell}]\nRUN ["y"]\n'))
