"""`gates commits lint` as git, a person and a workflow meet it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker

__all__ = ["gates", "make", "repository"]

ROOT = Path(__file__).parents[2]
NAME = ("commits", "lint")
Lint = Callable[..., Answer]


@pytest.fixture
def lint(gates: Gates, repository: Maker) -> Lint:
    """`lint("--stdin", stdin=b"...")` in the repository, as JSON unless a format is named."""

    def run(*argv: str, at: Path | None = None, environment: dict[str, str] | None = None, stdin: bytes = b"") -> Answer:
        words = argv if "--format" in argv else (*argv, "--format", "json")
        return gates(*NAME, *words, at=at or repository.top, environment=environment, stdin=stdin)

    return run


def findings(answer: Answer) -> list[dict[str, object]]:
    return list(answer.gate("commits")["findings"])


# the hook


def test_a_good_message_passes(lint: Lint, repository: Maker) -> None:
    repository.write(".git/COMMIT_EDITMSG", "feat(api): add x\n\n# Please enter the commit message\n")
    answer = lint("--message-file", ".git/COMMIT_EDITMSG")
    assert answer.code == 0
    assert answer.gate("commits")["scope"]["files"] == 1


def test_a_bad_message_is_told_with_its_place(lint: Lint, repository: Maker) -> None:
    repository.write(".git/COMMIT_EDITMSG", "# hint\n\nfaet: add x\n")
    answer = lint("--message-file", ".git/COMMIT_EDITMSG")
    assert answer.code == 1
    (found,) = findings(answer)
    assert found["rule"] == "commits/bad-message"
    assert found["subject"] == "message"
    assert found["location"] == {
        "path": ".git/COMMIT_EDITMSG", "line": 3, "column": 1, "end_line": 3, "end_column": 5, "commit": None,
    }  # fmt: skip
    assert found["message"] == "'faet: add x': 'faet' is no type of commit; did you mean 'feat'?"
    assert str(found["remedy"]).startswith("write it as 'feat: add x'; the types are build, chore,")


def test_the_text_for_a_person_is_two_lines_and_where_to_read_on(lint: Lint, repository: Maker) -> None:
    repository.write("message", "Add x\n")
    answer = lint("--message-file", "message", "--format", "text", "--no-timing")
    assert answer.stdout.splitlines()[:2] == [
        "message:1:4 high commits/bad-message 'Add x': the header has no type: no colon follows its first word, 'Add'",
        "  fix: write it as 'feat: Add x'; the types are build, chore, ci, docs, feat, fix, perf, refactor, revert, style, test",
    ]


def test_git_itself_asks_and_is_refused(repository: Maker) -> None:
    program = f"import sys; sys.path.insert(0, {os.fspath(ROOT)!r}); from gates.__main__ import main; main()"
    hook = repository.top / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" commits lint --message-file "$1"\n')
    hook.chmod(0o755)

    def commit(*words: str, editor: str = "true") -> int:
        command = ["git", "commit", "-q", "--allow-empty", *words]
        return subprocess.run(command, cwd=repository.top, env={**os.environ, "GIT_EDITOR": editor}, capture_output=True).returncode

    assert commit("-m", "feat: x") == 0
    assert commit("-m", "nothing of the kind") == 1
    assert commit("-m", "#12\n\nfeat: x") == 1  # git keeps the first line, for no editor was there
    assert commit("-m", "feat: x", "-e", "-v") == 0
    assert commit("-m", "#12\n\nfeat: x", "-e") == 0  # and now it does not
    assert repository.git("log", "--format=%s") == "feat: x\nfeat: x\nfeat: x"
    assert commit("--fixup", "HEAD") == 0


def test_fixups_can_be_refused(lint: Lint, repository: Maker) -> None:
    repository.write("message", "fixup! feat: x\n")
    assert lint("--message-file", "message").code == 0
    assert lint("--message-file", "message", "--no-fixup").code == 1


def test_the_sign_of_comments_can_be_given(lint: Lint, repository: Maker) -> None:
    repository.write("message", "// hint\nfeat: x\n\n- a list\n")
    assert lint("--message-file", "message").code == 1
    assert lint("--message-file", "message", "--comment-char", "//").code == 0


def test_an_empty_message_is_a_finding(lint: Lint, repository: Maker) -> None:
    repository.write("message", "\n# nothing\n")
    (found,) = findings(lint("--message-file", "message"))
    assert found["message"] == "the message is empty"


def test_the_file_of_a_linked_work_tree_lies_outside_of_it(lint: Lint, repository: Maker) -> None:
    repository.commit()
    repository.git("worktree", "add", "-q", "../linked")
    message = repository.top / ".git/worktrees/linked/COMMIT_EDITMSG"
    message.write_text("Add x\n")
    answer = lint("--message-file", os.fspath(message), at=repository.top.parent / "linked")
    assert answer.code == 1
    assert findings(answer)[0]["location"]["path"] == "COMMIT_EDITMSG"  # type: ignore[index]  # parsed JSON


def test_a_message_can_be_judged_outside_of_any_repository(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "message").write_text("feat: x\n")
    assert lint("--message-file", "message", at=tmp_path).code == 0


@pytest.mark.parametrize(("kind", "code"), [("missing", 2), ("folder", 3), ("fifo", 3)])
def test_a_file_that_is_none(lint: Lint, repository: Maker, kind: str, code: int) -> None:
    place = repository.top / "message"
    if kind == "folder":
        place.mkdir()
    elif kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no FIFOs here")
        os.mkfifo(place)
    assert lint("--message-file", "message").code == code


def test_utf_16_is_refused_in_words(lint: Lint, repository: Maker) -> None:
    repository.write("message", "feat: x\n".encode("utf-16"))
    (found,) = findings(lint("--message-file", "message"))
    assert "the byte 0xFF is not UTF-8" in str(found["message"])


# a title


def test_a_title_comes_by_the_name_of_its_variable(lint: Lint) -> None:
    assert lint("--title-env", "PR_TITLE", environment={"PR_TITLE": "feat: x"}).code == 0
    answer = lint("--title-env", "PR_TITLE", environment={"PR_TITLE": "Add x"})
    assert answer.code == 1
    (found,) = findings(answer)
    assert (found["rule"], found["subject"], found["location"]) == ("commits/bad-title", "title", None)


def test_a_variable_that_is_not_set_is_a_mistake_and_an_empty_one_a_finding(lint: Lint) -> None:
    answer = lint("--title-env", "PR_TITLE_NOT_THERE")
    assert answer.code == 2
    assert "--title-env: the variable PR_TITLE_NOT_THERE is not set" in answer.stderr
    assert lint("--title-env", "PR_TITLE", environment={"PR_TITLE": ""}).code == 1


HOSTILE = [
    "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", "feat: x\n::error file=a::pwned", "::error::pwned",
    " ::set-output name=a::b", "##[error]pwned", "feat: x\r::stop-commands::t", "feat: \x1b]0;pwned\x07", "feat: x%0A::error::pwned",
    "-----BEGIN", "--types=x", "feat: ](https://example.org)", "feat: \u2028::error::pwned", "feat:<img src=x>", "\udcff::error::",
]  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("format_", ["text", "github", "json", "sarif"])
def test_a_hostile_title_is_data_in_every_format(lint: Lint, repository: Maker, title: str, format_: str) -> None:
    answer = lint("--title-env", "PR_TITLE", "--types", "chore", "--format", format_, environment={"PR_TITLE": title})
    assert answer.code == 1
    assert not (repository.top / "pwned").exists()
    output = answer.stdout + answer.stderr
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\ud800-\udfff]", output)
    assert "##[" not in output
    commands = [line for line in re.split(r"[\r\n]", output) if line.lstrip().startswith("::")]
    assert [line.split("::")[1] for line in commands] == (["error title=high commits/bad-title"] if format_ == "github" else [])
    if format_ in ("json", "sarif"):
        json.loads(answer.stdout)


def test_a_bot_is_left_alone_by_the_account_that_the_service_names(lint: Lint) -> None:
    title = {"PR_TITLE": "Bump x from 1 to 2", "PR_AUTHOR": "dependabot[bot]"}
    answer = lint("--title-env", "PR_TITLE", "--author-env", "PR_AUTHOR", environment=title)
    assert answer.code == 0
    (skipped,) = answer.gate("commits")["scope"]["skipped"]
    assert skipped == {"path": "title", "reason": "written by dependabot[bot], whose messages the policy leaves alone"}
    assert lint("--title-env", "PR_TITLE", "--author-env", "PR_AUTHOR", environment={**title, "PR_AUTHOR": "somebody"}).code == 1
    assert lint("--title-env", "PR_TITLE", environment=title).code == 1


def test_types_of_programs_are_for_commits_alone(lint: Lint) -> None:
    assert lint("--stdin", stdin=b"bump: version 1 to 2").code == 0
    assert lint("--title-env", "PR_TITLE", environment={"PR_TITLE": "bump: version 1 to 2"}).code == 1


# standard input


def test_standard_input_is_a_message_as_it_is_stored(lint: Lint) -> None:
    assert lint("--stdin", stdin=b"feat: x\n\n# kept\n").code == 0
    (found,) = findings(lint("--stdin", stdin=b"# no comment\nfeat: x\n"))
    assert found["location"]["path"] == "-"  # type: ignore[index]  # parsed JSON
    assert lint("--stdin", stdin=b"").code == 1


# a range


def test_the_messages_of_a_range_are_judged_one_by_one(lint: Lint, repository: Maker) -> None:
    base = repository.commit("whatever stood before")
    repository.commit("feat: x")
    bad = repository.commit("Add y")
    other = repository.commit("fixup! feat: x")
    answer = lint("--range", f"{base}..HEAD")
    assert answer.code == 1
    assert answer.gate("commits")["scope"]["commits"] == 3
    told = {str(each["subject"]): each for each in findings(answer)}
    assert set(told) == {bad, other}
    location = told[bad]["location"]
    assert location["path"] == f"commit {bad[:12]}"  # type: ignore[index]  # parsed JSON
    assert location["commit"] == bad  # type: ignore[index]  # parsed JSON


def test_an_empty_range_passes_and_says_so(lint: Lint, repository: Maker) -> None:
    repository.commit("whatever")
    answer = lint("--range", "HEAD..HEAD")
    assert answer.code == 0
    assert answer.gate("commits")["scope"]["commits"] == 0
    assert answer.gate("commits")["reason"] == "the range adds nothing"


def test_a_merge_is_known_by_its_parents(lint: Lint, repository: Maker) -> None:
    base = repository.commit("whatever")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("feat: side")
    repository.git("checkout", "-q", "main")
    repository.commit("feat: main")
    repository.git("merge", "-q", "--no-ff", "-m", "anything", "side")
    assert lint("--range", f"{base}..HEAD").code == 0
    repository.commit("Merge branch 'side'")
    (found,) = findings(lint("--range", f"{base}..HEAD"))
    assert "says that it is a merge, and it is none" in str(found["message"])


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("renovate[bot]", "a@example.org"),
        ("Renovate", "29139614+renovate[bot]@users.noreply.github.com"),
    ],
)
def test_commits_of_bots_are_left_out_and_listed(lint: Lint, repository: Maker, name: str, email: str) -> None:
    base = repository.commit("whatever")
    repository.git("commit", "-q", "--allow-empty", "-m", "Update x", GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=email)
    answer = lint("--range", f"{base}..HEAD")
    assert answer.code == 0
    assert [each["reason"] for each in answer.gate("commits")["scope"]["skipped"]] == [
        "written by renovate[bot], whose messages the policy leaves alone"
    ]


def test_a_shallow_clone_is_an_error(lint: Lint, repository: Maker, tmp_path: Path) -> None:
    repository.commit("feat: x")
    repository.commit("feat: y")
    repository.git("clone", "-q", "--depth", "1", repository.top.as_uri(), os.fspath(tmp_path / "shallow"))
    answer = lint("--range", "HEAD~1..HEAD", at=tmp_path / "shallow")
    assert answer.code == 3
    assert "shallow" in answer.gate("commits")["reason"]


def test_a_commit_that_is_not_there_is_an_error(lint: Lint, repository: Maker) -> None:
    base = repository.commit("whatever")
    lost = repository.commit("feat: x")
    repository.commit("feat: y")
    repository.loose(lost).unlink()
    assert lint("--range", f"{base}..HEAD").code == 3


def test_a_commit_with_bytes_that_are_no_text_is_a_finding(lint: Lint, repository: Maker) -> None:
    base = repository.commit("whatever")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    data = f"tree {tree}\nparent {base}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n".encode() + b"feat: \xff\n"
    oid = repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=data)
    (found,) = findings(lint("--range", f"{base}..{oid}"))
    assert "the byte 0xFF is not UTF-8" in str(found["message"])


# what is accepted


def test_the_policy_names_types_scopes_and_length(lint: Lint, repository: Maker) -> None:
    repository.write("security/gates.toml", '[commits]\ntypes = ["add", "fix"]\nscopes = ["api"]\nmax_header = 20\n')
    assert lint("--stdin", stdin=b"add(api): x").code == 0
    for message in (b"feat: x", b"add(web): x", b"add: more than twenty of them"):
        assert lint("--stdin", stdin=message).code == 1
    assert lint("--stdin", "--types", "feat", stdin=b"feat: x").code == 0
    assert lint("--stdin", "--scopes", "web,api", stdin=b"add(web): x").code == 0


def test_the_policy_of_a_trusted_commit_decides(lint: Lint, repository: Maker) -> None:
    repository.write("security/gates.toml", '[commits]\ntypes = ["feat"]\n')
    repository.commit()
    repository.write("security/gates.toml", '[commits]\ntypes = ["feat", "wow"]\n')
    assert lint("--stdin", stdin=b"wow: x").code == 0
    assert lint("--stdin", "--policy-ref", "HEAD", stdin=b"wow: x").code == 1


def test_a_waiver_covers_a_message_as_any_finding(lint: Lint, repository: Maker) -> None:
    base = repository.commit("whatever")
    repository.commit("Add x")
    (found,) = findings(lint("--range", f"{base}..HEAD"))
    repository.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n  - id: W-0001\n    gate: commits\n    rule: commits/bad-message\n"
        f"    fingerprint: {found['fingerprint']}\n    reason: it is on the main branch already\n    owner: '@acme/sec'\n"
        "    created: 2026-11-01\n    sunset: 2027-01-15\n",
    )
    answer = lint("--range", f"{base}..HEAD")
    assert answer.code == 0, answer.stdout
    assert findings(answer)[0]["waiver"]["id"] == "W-0001"  # type: ignore[index]  # parsed JSON


def test_the_types_are_those_of_the_repository_s_own_tools(lint: Lint, repository: Maker) -> None:
    repository.write("committed.toml", 'style = "conventional"\nallowed_types = ["wow"]\n')
    assert (lint("--stdin", stdin=b"wow: x").code, lint("--stdin", stdin=b"feat: x").code) == (0, 1)
    assert lint("--stdin", "--types", "feat", stdin=b"feat: x").code == 0
    repository.write("pyproject.toml", '[tool.commitizen]\nname = "cz_conventional_commits"\n')
    assert (lint("--stdin", stdin=b"wow: x").code, lint("--stdin", stdin=b"feat: x").code) == (1, 0)


def test_a_pattern_that_lists_nothing_is_followed(lint: Lint, repository: Maker) -> None:
    pattern = r"""[tool.commitizen]
name = "cz_customize"
[tool.commitizen.customize]
schema_pattern = '^[a-z]+-[0-9]+: .+$'
"""
    repository.write("pyproject.toml", pattern)
    assert lint("--stdin", stdin=b"acme-12: x").code == 0
    assert lint("--stdin", stdin=b"acme: x").code == 1


def test_types_that_cannot_be_told_are_an_error(lint: Lint, repository: Maker) -> None:
    repository.write("commitlint.config.js", "module.exports = { rules: { 'type-enum': [2, 'always', types()] } };\n")
    assert lint("--stdin", stdin=b"feat: x").code == 3
    assert lint("--stdin", "--types", "feat", stdin=b"feat: x").code == 0


def test_the_authority_of_the_policy_decides(lint: Lint, repository: Maker) -> None:
    repository.write("security/gates.toml", '[commits]\nauthority = "committed.toml"\n')
    assert lint("--stdin", stdin=b"feat: x").code in (2, 3)  # it is not there
    repository.write("committed.toml", 'style = "conventional"\nallowed_types = ["wow"]\n')
    repository.write("pyproject.toml", '[tool.commitizen]\nname = "cz_conventional_commits"\n')
    assert (lint("--stdin", stdin=b"wow: x").code, lint("--stdin", stdin=b"feat: x").code) == (0, 1)


# the command line


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "one of the arguments --message-file --title-env --range --stdin is required"),
        (["--stdin", "--range", "a..b"], "not allowed with argument"),
        (["--stdin", "--no-fixup"], "--no-fixup goes with --message-file"),
        (["--stdin", "--comment-char", ";"], "--comment-char goes with --message-file"),
        (["--stdin", "--author-env", "A"], "--author-env goes with --title-env"),
        (["--range", "main"], "is no range"),
        (["--range", "nothing..HEAD"], "'nothing' names no commit of this repository"),
        (["--stdin", "--types", "a,,b"], "has an empty word"),
        (["--stdin", "--types", "a b"], "'a b' cannot be a type"),
        (["--message-file", "nowhere"], "nowhere: no such file"),
        (["--stdin", "--title", "x"], "unrecognized arguments"),
    ],
)
def test_mistakes_are_told_before_anything_is_judged(lint: Lint, repository: Maker, argv: list[str], said: str) -> None:
    repository.commit()
    answer = lint(*argv, "--format", "text")
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_the_light_path_loads_nothing_heavy(repository: Maker) -> None:
    repository.write("security/waivers.yaml", "version: 1\nwaivers: []\n")
    repository.write("message", "feat: x\n")
    code = (
        "import sys; sys.argv[1:] = ['commits', 'lint', '--message-file', 'message']\n"
        "from gates.__main__ import run\nassert run() == 0\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=repository.top, env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.splitlines())
    assert "gates.commits.linting" in loaded
    heavy = {
        "jsonschema",
        "yaml",
        "tomllib",
        "json",
        "difflib",
        "dataclasses",
        "inspect",
        "logging",
        "hashlib",
        "unicodedata",
        "gates.detect",
    }
    assert loaded & heavy == set()
    assert not [name for name in loaded if name.startswith(("gates.commits.sources.", "gates.secrets", "gates.github", "gates.protection"))]
