"""Title checks in ways that the cases do not show."""

from __future__ import annotations

import json

import pytest

from gates.commits.options import Options
from gates.core.finding import Finding, Severity
from tests.commits import support

ACTION = "      - uses: amannn/action-semantic-pull-request@v5\n        with:\n          types: |\n            feat\n            fix\n"
COMMITTED = 'style = "conventional"\nallowed_types = ["feat", "fix"]\n'
ALL = "on:\n  pull_request:\n    types: [opened, edited, synchronize]\n"


def workflow(on: str = ALL, steps: str = ACTION, job: str = "title", head: str = "") -> str:
    return f"{on}jobs:\n  {job}:\n{head}    runs-on: ubuntu-latest\n    steps:\n{steps}"


def call(on: str, path: str, job: str = "meta", head: str = "") -> str:
    return f"{on}jobs:\n  {job}:\n{head}    uses: ./{path}\n"


def classic(*contexts: str) -> str:
    checks = [{"context": name, "app_id": 15368} for name in contexts]
    body = {"required_status_checks": {"strict": True, "checks": checks}, "enforce_admins": True}
    return json.dumps({**body, "required_pull_request_reviews": None, "restrictions": None})


def ruleset(*contexts: str, enforcement: str = "active", queue: bool = False) -> str:
    checks = [{"context": name, "integration_id": 15368} for name in contexts]
    required = {"strict_required_status_checks_policy": True, "required_status_checks": checks}
    rules: list[dict[str, object]] = [{"type": "required_status_checks", "parameters": required}]
    if queue:
        rules.append({"type": "merge_queue", "parameters": {"merge_method": "SQUASH"}})
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    return json.dumps({"name": "main", "target": "branch", "enforcement": enforcement, "conditions": conditions, "rules": rules})


def found(files: dict[str, str], options: Options = support.NO_OPTIONS) -> list[Finding]:
    events = support.found({"committed.toml": COMMITTED, **files}, options)
    assert all(isinstance(event, Finding) for event in events)
    return [event for event in events if isinstance(event, Finding)]


def rules(files: dict[str, str], options: Options = support.NO_OPTIONS) -> list[str]:
    return [each.rule.id.removeprefix("commits/") for each in found(files, options) if each.severity > Severity.INFO]


TITLE, CI, MAIN = ".github/workflows/title.yml", ".github/workflows/ci.yml", "branch-protection/main.json"
CALLED = "on: workflow_call\n"


@pytest.mark.parametrize(
    ("on", "missing"),
    [
        ("on: pull_request\n", ["edited"]),
        ("on: [pull_request_target]\n", ["edited"]),
        ("on:\n  pull_request:\n    types: [edited]\n", ["opened", "synchronize"]),
        ("on:\n  pull_request:\n    types: [labeled]\n", ["opened", "edited", "synchronize"]),
        ("on:\n  push:\n  workflow_dispatch:\n", ["opened", "edited", "synchronize"]),
        ("on:\n  pull_request:\n  pull_request_target:\n    types: [opened, edited]\n", ["edited"]),
    ],
)
def test_every_type_that_a_title_can_come_with_has_to_start_the_check(on: str, missing: list[str]) -> None:
    (finding,) = found({TITLE: workflow(on)})
    assert finding.rule.id == "commits/title-edits-unchecked"
    assert finding.data["missing"] == missing


def test_one_of_two_triggers_that_has_all_types_is_enough() -> None:
    assert (
        rules({TITLE: workflow("on:\n  pull_request:\n  pull_request_target:\n    types: [synchronize, opened, edited, labeled]\n")}) == []
    )


ON_ALL = ["opened", "edited", "synchronize"]


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        ("false", ON_ALL),
        ("${{ false }}", ON_ALL),
        ("github.event_name == 'push'", ON_ALL),
        ("github.event.action != 'edited'", ["edited"]),
        ("github.event.action == 'opened'", ["edited", "synchronize"]),
        ("failure()", ON_ALL),
        ("always() && github.event.action == 'edited'", ["opened", "synchronize"]),
        ("github.event_name == 'pull_request'", []),
        ("github.event.pull_request.draft == false", []),
        ("always()", []),
        ("success() || failure()", []),
    ],
)
def test_a_condition_that_is_false_keeps_titles_unchecked(condition: str, missing: list[str]) -> None:
    needed = f"    needs: z\n  z:\n    if: {condition}\n    runs-on: x\n    steps: [run: a]\n"
    places = {
        "job": workflow(head=f"    if: {condition}\n"),
        "step": workflow(steps=f"{ACTION}        if: {condition}\n"),
        "needed": workflow() + needed,
    }
    for text in places.values():
        told = [each for each in found({TITLE: text}) if each.rule.id == "commits/title-edits-unchecked"]
        assert [each.data["missing"] for each in told] == ([missing] if missing else [])
    called = {TITLE: workflow(CALLED), CI: call(ALL, TITLE, head=f"    if: {condition}\n")}
    told = [each for each in found(called) if each.rule.id == "commits/title-edits-unchecked"]
    assert [each.data["missing"] for each in told] == ([missing] if missing else [])


@pytest.mark.parametrize(
    ("filtered", "bad"),
    [
        ("paths: ['src/**']", True),
        ("paths-ignore: [docs/**]", True),
        ("paths: ['**']", False),
        ("branches-ignore: ['**']", True),
        ("branches: [release]", True),
        ("branches: [main, release]", False),
        ("branches: [master]", False),  # the default branch is not known
    ],
)
def test_a_filter_that_leaves_pull_requests_out_keeps_their_titles_unchecked(filtered: str, bad: bool) -> None:
    told = found({TITLE: workflow(f"{ALL}    {filtered}\n")})
    assert [each.rule.id for each in told] == ["commits/title-edits-unchecked"] * bad


def test_jobs_of_one_workflow_may_share_the_activities() -> None:
    one = workflow(head="    if: github.event.action == 'edited'\n")
    other = one.partition("jobs:\n")[2].replace("title:", "other:").replace("==", "!=")
    assert rules({TITLE: one}) == ["title-edits-unchecked"]
    assert rules({TITLE: one + other}) == []


@pytest.mark.parametrize(
    ("pattern", "weak"),
    [
        ("^(feat|fix|docs)(.*)$", ["headers in another form"]),
        ("(\\w+)(?:\\(([^)]*)\\))?!?:? ?(.*)$", ["headers in another form"]),
        ("^\\[(\\w+)\\] (.+)$", ["headers in another form"]),
        ("^(\\w+)(?:\\(([^)]+)\\))?!?: (.+)$", []),
    ],
)
def test_the_headers_own_pattern_is_judged(pattern: str, weak: list[str]) -> None:
    told = found({TITLE: workflow(steps=f"{ACTION}          headerPattern: '{pattern}'\n")})
    assert [each.subject.removeprefix("semantic-pull-request ") for each in told if each.rule.id == "commits/title-rule-weaker"] == weak


@pytest.mark.parametrize("pattern", ["^(?<=x)(feat): (.*)$", "(", "${{ vars.PATTERN }}"])
def test_a_headers_own_pattern_that_cannot_be_followed_is_opaque(pattern: str) -> None:
    events = support.found({"committed.toml": COMMITTED, TITLE: workflow(steps=f"{ACTION}          headerPattern: '{pattern}'\n")})
    assert any("error" in support.said(event) and "headerPattern" in support.said(event) for event in events)


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("commitlint.config.js", "module.exports = {ignores: [(m) => true], extends: ['@commitlint/config-conventional']};\n", ["ignores"]),
        (".commitlintrc.json", '{"ignores": [], "defaultIgnores": true, "extends": "@commitlint/config-conventional"}', []),
        (".gitlint", "[general]\ncontrib=CT1\n[ignore-by-title]\nregex=^wip\n", ["ignore-by-title ^wip"]),
        (".gitlint", "[general]\ncontrib=CT1\n[I1]\nregex=^wip\nignore=T1,CT1\n", ["ignore-by-title ^wip"]),
        (".gitlint", "[general]\ncontrib=CT1\n[ignore-by-title]\nregex=^wip\nignore=T1,body-min-length\n", []),
        (".cz.toml", "[tool.commitizen]\nallowed_prefixes = ['Merge', 'wip: ']\n", ["allowed_prefixes wip: "]),
        (".cz.toml", "[tool.commitizen]\nallowed_prefixes = ['Merge', 'Revert', 'fixup!']\n", []),
    ],
)
def test_messages_that_a_tool_passes_over_are_told(path: str, text: str, values: list[str]) -> None:
    events = support.found({path: text})
    told = [each for each in events if isinstance(each, Finding) and each.rule.id == "commits/escape-hatch"]
    assert [each.data["value"] for each in told] == values
    assert all(each.severity == Severity.INFO for each in told)


def lint(arguments: str) -> str:
    return workflow(steps=f"      - run: gates commits lint --title-env T {arguments}\n")


@pytest.mark.parametrize(
    ("arguments", "options", "told"),
    [
        ("", Options(), []),
        ("--types feat,fix", Options(), []),
        ("--types=feat,fix", Options(types=("feat",)), []),
        ("--types 'fix, feat'", Options(), []),
        ("--types feat", Options(), ["type-lists-differ"]),
        ("--types=feat,fix,wip", Options(), ["type-lists-differ"]),
        ("", Options(types=("feat",)), ["type-lists-differ"]),
        ("", Options(types=("fix", "feat")), []),
        ("--fail-on critical", Options(), ["title-rule-weaker"]),
        ("--fail-on=CRITICAL", Options(), ["title-rule-weaker"]),
        ("--fail-on high", Options(), []),
    ],
)
def test_our_own_lint_is_held_to_the_same_list(arguments: str, options: Options, told: list[str]) -> None:
    assert rules({TITLE: lint(arguments)}, options) == told


def test_types_that_the_shell_tells_are_opaque() -> None:
    (error, *_) = support.found({"committed.toml": COMMITTED, TITLE: lint('--types "$TYPES"')})
    assert "is told by the shell" in support.said(error)


def test_the_types_of_our_own_lint_stand_where_they_are_written() -> None:
    text = lint("--types 'feat, fix'")
    (source,) = [each for each in support.read_sources(text.encode(), TITLE) if each.kind == "gates-lint"]
    lines = text.split("\n")
    assert [lines[each.location.line - 1][each.location.column - 1 :][: len(each.name)] for each in source.types or ()] == ["feat", "fix"]


def test_the_workflow_that_calls_decides_when_a_called_check_runs() -> None:
    files = {TITLE: workflow(CALLED), CI: call("on: pull_request\n", TITLE)}
    (finding,) = found(files)
    assert finding.location
    assert (finding.location.path, finding.location.line) == (CI, 1)
    assert rules({**files, CI: call(ALL, TITLE)}) == []


def test_a_called_workflow_that_nobody_here_calls_is_for_others() -> None:
    assert rules({TITLE: workflow(CALLED), MAIN: classic("test")}) == []


def test_a_queue_needs_an_answer_only_where_it_waits_for_the_check() -> None:
    files = {TITLE: workflow()}
    rule = ".github/rulesets/main.json"
    assert rules({**files, rule: ruleset("title", queue=True)}) == ["title-edits-unchecked"]
    assert rules({**files, rule: ruleset("title")}) == []
    assert rules({**files, rule: ruleset("test", queue=True)}) == ["title-check-not-required"]
    with_queue = workflow(f"{ALL}  merge_group:\n")
    assert rules({TITLE: with_queue, rule: ruleset("title", queue=True)}) == []


def test_a_ruleset_that_is_not_in_force_requires_nothing_and_asks_for_nothing() -> None:
    rule = ".github/rulesets/main.json"
    assert rules({TITLE: workflow(), rule: ruleset("title", enforcement="evaluate"), MAIN: classic("test")}) == ["title-check-not-required"]
    assert rules({TITLE: workflow(), rule: ruleset("test", enforcement="disabled")}) == []


def test_protection_of_another_branch_says_nothing_of_the_default_branch() -> None:
    assert rules({TITLE: workflow(), "branch-protection/release.json": classic("test")}) == []


def test_of_several_title_checks_one_that_is_required_is_enough() -> None:
    files = {TITLE: workflow(), CI: workflow(job="lint")}
    assert rules({**files, MAIN: classic("lint")}) == []
    assert rules({**files, MAIN: classic("test")}) == ["title-check-not-required"] * 2


def test_a_called_check_is_required_by_its_whole_name_or_through_a_job_that_needs_the_call() -> None:
    files = {TITLE: workflow(CALLED), CI: call(ALL, TITLE)}
    assert rules({**files, MAIN: classic("meta / title")}) == []
    assert rules({**files, MAIN: classic("title")}) == ["title-check-not-required"]
    gate = "  gate:\n    needs: [other]\n    runs-on: x\n    steps: [run: a]\n"
    gate += "  other:\n    needs: meta\n    runs-on: x\n    steps: [run: a]\n"
    assert rules({**files, CI: call(ALL, TITLE) + gate, MAIN: classic("gate")}) == []
    assert rules({**files, CI: call(ALL, TITLE) + gate.replace("needs: meta", "needs: []"), MAIN: classic("gate")}) == [
        "title-check-not-required"
    ]


def test_the_policy_names_the_check_where_the_workflows_do_not_tell() -> None:
    assert rules({MAIN: classic("app")}, Options(title_check="app")) == []
    assert rules({MAIN: classic("test")}, Options(title_check="app")) == ["title-check-not-required"]
    assert rules({TITLE: workflow(), MAIN: classic("title")}, Options(title_check="app")) == ["title-check-not-required"]


def test_a_way_past_the_check_is_told_once_whoever_calls_it() -> None:
    head = "    if: github.actor != 'dependabot[bot]'\n"
    files = {TITLE: workflow(CALLED, head=head), CI: call(ALL, TITLE), ".github/workflows/other.yml": call(ALL, TITLE)}
    assert [each.rule.id for each in found(files)] == ["commits/escape-hatch"]


def test_the_titles_of_a_hostile_workflow_are_escaped() -> None:
    files = {TITLE: workflow(steps=ACTION + '          ignoreLabels: "\\e[2J\\u202e"\n'), MAIN: classic("x\x1b[2J")}
    assert all(each.message.isprintable() for each in found(files))


@pytest.mark.parametrize(
    ("law", "title", "weak"),
    [
        ("(feat|fix)(\\([a-z]+\\))?!?: .+", "", []),
        ("(feat|fix)(\\([a-z]+\\))?!?: .*", "", []),
        ("(feat|fix)!?: .+", "", ["any scope"]),
        ("(feat|fix)\\((core|ui)\\)!?: .+", "          scopes: |\n            core\n            ui\n          requireScope: true\n", []),
        ("(feat|fix)\\((core|ui)\\)!?: .+", "          scopes: |\n            core\n            ui\n", ["a title without a scope"]),
        ("(feat|fix)\\((core|ui)\\)!?: .+", "          requireScope: true\n", ["any scope"]),
        (
            "(feat|fix)!?: [a-z].*[^.]",
            "          scopes: |\n            \n          subjectPattern: ^[a-z].*$\n",
            ["any scope", "other subjects"],
        ),
        ("(feat|fix)(\\(.+\\))?!?: [A-Z].+", "          subjectPattern: ^[A-Z].+$\n", []),
        ("(feat|fix)(\\(.+\\))?!?: [A-Z].+", "          subjectPattern: ^[a-z].+$\n", ["other subjects"]),
        ("(feat|fix)(\\(.+\\))?!?: [A-Z]+-[0-9]+ .+", "", ["other subjects"]),
        ("(feat|fix)(\\(.+\\))?!?: [0-9]{9} .+", "", []),  # no header is known that it would take
        ("(feat|fix)(\\(.+\\))?!?: [a-z].+", "          subjectPattern: ^(?![A-Z]).+$\n", ["other subjects"]),
    ],
)
def test_a_title_rule_is_weaker_where_a_header_shows_it(law: str, title: str, weak: list[str]) -> None:
    customize = f"[tool.commitizen]\nname = 'cz_customize'\n[tool.commitizen.customize]\nschema_pattern = '{law}$'\n"
    events = support.found({".cz.toml": customize, TITLE: workflow(steps=ACTION + title)})
    told = [event for event in events if isinstance(event, Finding) and event.rule.id == "commits/title-rule-weaker"]
    assert [event.subject.removeprefix("semantic-pull-request ") for event in told] == weak


@pytest.mark.parametrize(
    ("regex", "more"),
    [
        (r"^(feat|fix)(\(.+\))?!?: .+", []),
        (r"(feat|fix)(\(.+\))?!?: .+", ["afix: a"]),
        (r"^((feat|fix)(\(.+\))?!?: .+|perf!: drop .+)", ["perf!: drop a"]),
        (r"^((feat|fix)(\(.+\))?!?|wip\(now\)): .+", ["wip(now): a"]),
        (r"^((feat|fix)(\(.+\))?!?: .+|release: v[0-9]+)", ["release: v0"]),
    ],
)
def test_a_title_expression_that_takes_more_than_its_words_differs(regex: str, more: list[str]) -> None:
    steps = f"      - uses: deepakputhraya/action-pr-title@v1\n        with:\n          regex: '{regex}'\n"
    told = [each for each in found({TITLE: workflow(steps=steps)}) if each.severity > Severity.INFO]
    assert [(each.rule.id, each.data["header"]) for each in told] == [("commits/type-lists-differ", header) for header in more]


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"^(feat|fix)(\(.+\))?!?: .+", []),
        (r"^(feat|fix)(\(.+\))?: .+", ["a breaking change"]),
        (r"^(feat|fix)(!|\(.+\))?: .+", ["a breaking change with a scope"]),
        (r"^(feat|fix)(\(.+\))?!?: .{1,50}$", ["a subject of 51 characters"]),
        (r"^(feat|fix)(\(.+\))?!?: .{1,72}$", ["a subject of 73 characters"]),
        (r"^(?=.{1,50}$)(feat|fix)(\(.+\))?!?: .+", ["a subject of 51 characters"]),
        (r"^(feat|fix)(\(.+\))?!?: .* \(?#\d+\)?$", ["other subjects"]),
        (r"^(feat|fix)(\(.+\))?!?: .{30,}", ["other subjects"]),
        (r"^(feat|fix)(\(.+\))?!?: \S+ .+", ["other subjects"]),
    ],
)
def test_what_the_commit_rule_refuses_beyond_types_is_told(pattern: str, what: list[str]) -> None:
    written = f"[tool.commitizen]\nname = \"cz_customize\"\n[tool.commitizen.customize]\nschema_pattern = '''{pattern}'''\n"
    events = support.found({"pyproject.toml": written, TITLE: workflow()})
    told = [each for each in events if isinstance(each, Finding) and each.rule.id == "commits/title-rule-weaker"]
    said = [each.message.partition(" lets ")[2].partition(" through")[0] for each in told]
    assert said == what
