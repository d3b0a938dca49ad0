from __future__ import annotations

import json

import pytest

from gates.commits.source import Header, Source
from gates.commits.sources import commitlint
from gates.core.documents import DocumentError
from tests.commits.sources.support import drift, names, spelled

CONVENTIONAL = ["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"]
ANGULAR = [name for name in CONVENTIONAL if name != "chore"]
REFERENCE = '{"rules": {"type-enum": [2, "always", ["feat", "fix"]]}}'


def read(text: str, path: str = ".commitlintrc.json") -> Source:
    (source,) = commitlint.read(text.encode(), path)
    return source


@pytest.mark.parametrize(
    ("preset", "opaque"),
    [
        ('{"parserOpts": {"headerPattern": "^(feat): (.*)$"}}', "its parserPreset has a headerPattern of its own"),
        ('{"parserOpts": {"issuePrefixes": ["X-"]}}', ""),
        ('"conventional-changelog-conventionalcommits"', ""),
        ("null", ""),
    ],
)
def test_a_parser_of_its_own_is_opaque(preset: str, opaque: str) -> None:
    assert read(f'{{"parserPreset": {preset}, "rules": {{"type-enum": [2, "always", ["feat", "fix"]]}}}}').opaque == opaque


def test_files_are_those_of_the_root() -> None:
    assert commitlint.is_source("package.json")
    assert commitlint.is_source(".commitlintrc")
    assert commitlint.is_source("commitlint.config.mts")
    assert not commitlint.is_source("web/commitlint.config.js")
    assert not commitlint.is_source("commitlint.config.json")


@pytest.mark.parametrize(
    ("types", "expected"), [(["feat", "fix"], ([], [])), (["feat"], (["fix"], [])), (["feat", "fix", "wip"], ([], ["wip"]))]
)
@pytest.mark.parametrize(
    "path", [".commitlintrc.json", ".commitlintrc", "package.json", "package.yaml", ".commitlintrc.yaml", ".commitlintrc.yml"]
)
def test_types_of_json_and_yaml(path: str, types: list[str], expected: tuple[list[str], list[str]]) -> None:
    rules: object = {"rules": {"type-enum": [2, "always", types]}}
    package = path.startswith("package")
    text = json.dumps({"name": "x", "commitlint": rules} if package else rules, indent="\t" if path.endswith(("json", "rc")) else 1)
    source = read(text, path)
    assert (source.kind, source.role, source.implied) == ("commitlint", "accepts", False)
    assert drift(read(REFERENCE), source) == expected
    assert list(spelled(source, text)) == types


def test_types_of_yaml_in_its_own_style() -> None:
    text = "extends: ['@commitlint/config-conventional']\nrules:\n  type-enum:\n    - 2\n    - always\n    - - feat # new\n      - 'fix'\n"
    source = read(text, ".commitlintrc")
    assert names(source) == ["feat", "fix"]
    assert [one.location[1:3] for one in source.types or ()] == [(6, 9), (7, 9)]
    assert source.location[1:3] == (6, 7)


JAVASCRIPT = {
    "commitlint.config.js": "module.exports = {\n  rules: {'type-enum': [2, 'always', [TYPES]]},\n};\n",
    "commitlint.config.cjs": (
        "'use strict'\nconst x = require('x')\nmodule.exports = { rules: { \"type-enum\": [2, \"always\", [TYPES,]] } }\n"
    ),
    "commitlint.config.mjs": "// 'a'\nexport default {\n  rules: {/* [ */ 'type-enum': [2, 'always', [TYPES]]},\n}\n",
    ".commitlintrc.js": "#!/usr/bin/env node\nmodule.exports = ({rules: {...base.rules, 'type-enum': [2, `always`, [TYPES]]}})",
    "commitlint.config.ts": (
        "import type { UserConfig } from '@commitlint/types'\nimport { RuleConfigSeverity } from '@commitlint/types'\n"
        "const Configuration: UserConfig = {\n  rules: { 'type-enum': [RuleConfigSeverity.Error, 'always', [TYPES]] },\n}\n\n"
        "export default Configuration\n"
    ),
    ".commitlintrc.mts": "export default { rules: { 'type-enum': [2, 'always', [TYPES] as const] } } satisfies UserConfig;\n",
    "commitlint.config.cts": "const c = { rules: { 'type-enum': [2, 'always', [TYPES]] } };\nexport = c;\n",
    ".commitlintrc.cjs": (
        "module.exports = {\n  parserPreset: { parserOpts: { issuePattern: /^(\\w*)(?:\\(([^'\"/]*)\\))?!?: (.*)$/ } },\n"
        "  ignores: [(message) => /^Bumps? [`'\"]/.test(message), m => `${m}'`.length / 2 > 3],\n"
        "  helpUrl: `https://x/`,\n  rules: { 'type-enum': [2, 'always', [TYPES]], 'body-case': fn({a: [1, 2]}, 'x') },\n}\n"
    ),
}


@pytest.mark.parametrize(
    ("types", "expected"), [("'feat', \"fix\"", ([], [])), ("`feat`", (["fix"], [])), ("'feat', 'f\\x69x', 'wip'", ([], ["wip"]))]
)
@pytest.mark.parametrize("path", JAVASCRIPT)
def test_types_of_a_literal_in_a_module(path: str, types: str, expected: tuple[list[str], list[str]]) -> None:
    text = JAVASCRIPT[path].replace("TYPES", types)
    source = read(text, path)
    assert source.opaque == ""
    assert drift(read(REFERENCE), source) == expected
    assert [word if word != "f\\x" else "fix" for word in spelled(source, text)] == names(source)


COMPUTED = [
    "module.exports = {rules: {'type-enum': [2, 'always', types]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat', ...types]]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat'].concat(types)]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat', `${x}`]]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat', 'f' + 'ix']]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat', , 'fix']]}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat', '\\1']]}}",
    "module.exports = {rules: {'type-enum': [level, 'always', ['feat']]}}",
    "module.exports = {rules: {'type-enum': async () => [2, 'always', ['feat']]}}",
    "module.exports = {rules: {'type-enum'() { return [2, 'always', ['feat']] }}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']], ...more}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']], ['type' + '-enum']: 1}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']], get rules() { return 1 }}}",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}, __proto__: x}.y",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}, ...more}",
    "module.exports = {rules}",
    "module.exports = {...base}",
    "module.exports = {rules: rules || {'type-enum': [2, 'always', ['feat']]}}",
    "module.exports = () => ({rules: {'type-enum': [2, 'always', ['feat']]}})",
    "module.exports = make({rules: {'type-enum': [2, 'always', ['feat']]}})",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}} || other",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}}\n[0]",
    "module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}}\nmodule.exports.rules['type-enum'][2].push('x')",
    "exports.rules = {'type-enum': [2, 'always', ['feat']]}",
    "if (x) { module.exports = {rules: {'type-enum': [2, 'always', ['feat']]}} }",
    "const c = {rules: {'type-enum': [2, 'always', ['feat']]}}; c.rules = {}; module.exports = c",
    "const c = {rules: {'type-enum': [2, 'always', ['feat']]}}; `${c.rules = {}}`; module.exports = c",
    "import c from './c'\nexport default c",
    "export default {rules: {'type-enum': [2, 'always', ['feat']]}}; eval('x')",
    "export const rules = {'type-enum': [2, 'always', ['feat']]}",
    "a(b) /'/ 2; export default {rules: {'type-enum': [2, 'always', ['feat']]}}",
    "<!-- \nexport default {rules: {'type-enum': [2, 'always', ['feat']]}}",
    "export default {rules: {'type-enum': [2, 'always', ['feat']}}",
    "export default {rules: {'type-enum': [2, 'always', ['feat",
    "export default {rules: `${",
    "export default " + "[" * 70 + "]" * 70,
    "export default {rules: {a b}}",
    "",
    "\\",
]


@pytest.mark.parametrize("text", COMPUTED)
def test_what_a_module_computes_is_opaque(text: str) -> None:
    source = read(text, "commitlint.config.js")
    assert source.opaque
    assert source.types is None


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ('"@commitlint/config-conventional"', CONVENTIONAL),
        ('["@commitlint/config-conventional"]', CONVENTIONAL),
        ('["@commitlint/config-angular"]', ANGULAR),
        ('["@commitlint/config-conventional", "@commitlint/config-lerna-scopes"]', CONVENTIONAL),
        ('["./own", "@commitlint/config-angular-type-enum"]', ANGULAR),
        ('["@commitlint/config-nx-scopes"]', None),
        ("[]", None),
    ],
)
@pytest.mark.parametrize("path", [".commitlintrc.json", "commitlint.config.js"])
def test_types_of_known_presets(path: str, extends: str, expected: list[str] | None) -> None:
    text = f'{{"extends": {extends}}}'
    source = read(text if path.endswith("json") else f"module.exports = {text}", path)
    assert names(source) == expected
    assert source.opaque == ""
    assert source.implied == (expected is not None)


@pytest.mark.parametrize("extends", ['["@commitlint/config-conventional", "./own"]', '"gitmoji"', '["commitlint-config-x"]'])
def test_an_unknown_preset_is_opaque_until_the_file_says_its_types(extends: str) -> None:
    source = read(f'{{"extends": {extends}}}')
    assert "whose rules are not known" in source.opaque
    assert source.location[1:3] == (1, 13)
    assert names(read(f'{{"extends": {extends}, "rules": {{"type-enum": [2, "always", ["feat"]]}}}}')) == ["feat"]


@pytest.mark.parametrize(
    "text", ["module.exports = {extends: [base]}", "module.exports = {extends}", "module.exports = {...base, rules: {}}"]
)
def test_presets_that_are_computed_are_opaque(text: str) -> None:
    assert read(text, "commitlint.config.js").opaque == "what it extends is computed"


@pytest.mark.parametrize("rule", ["[0]", '[1, "always", ["feat"]]', '[2, "never", ["wip"]]', '[0, "always", ["feat"]]'])
def test_a_rule_that_is_off_or_says_what_must_not_be_allows_any_type(rule: str) -> None:
    source = read(f'{{"extends": "@commitlint/config-conventional", "rules": {{"type-enum": {rule}}}}}')
    assert (source.types, source.opaque) == (None, "")


@pytest.mark.parametrize("rule", ["[2]", '[2, "always"]', '[2, "always", []]'])
def test_a_rule_without_types_allows_none(rule: str) -> None:
    assert read(f'{{"rules": {{"type-enum": {rule}}}}}').types == ()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", (100, None, False, "")),
        ('"header-max-length": [2, "always", 72]', (72, None, False, "")),
        ('"header-max-length": [0]', (0, None, False, "")),
        ('"scope-enum": [2, "always", ["api", "core"]]', (100, ("api", "core"), False, "")),
        ('"scope-enum": [2, "always", {"scopes": ["api"], "delimiters": ["/"]}]', (100, ("api",), False, "")),
        ('"scope-enum": [2, "always", []]', (100, None, False, "")),
        ('"scope-enum": [1, "always", ["api"]]', (100, None, False, "")),
        ('"scope-empty": [2, "never"]', (100, None, True, "")),
        ('"scope-empty": [2, "always"]', (100, (), False, "")),
        ('"subject-case": [2, "always", "lower-case"]', (100, None, False, "^[^A-Z]*$")),
        ('"subject-case": [2, "never", ["upper-case"]]', (100, None, False, "")),
    ],
)
def test_what_is_asked_of_the_header(rules: str, expected: tuple[object, ...]) -> None:
    source = read(f'{{"extends": "@commitlint/config-conventional", "rules": {{{rules}}}}}')
    assert source.header == Header(*expected)  # type: ignore[arg-type]  # fields of several types


def test_a_package_without_the_key_is_no_source() -> None:
    assert commitlint.read(b'{"name": "x"}', "package.json") == []
    assert commitlint.read(b"name: x\n", "package.yaml") == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{", 1, "not valid JSON"),
        ("[]", 1, "must be a table"),
        ('{"rules": []}', 1, "'rules' must be a table"),
        ('{\n"extends": 1}', 2, "'extends' must be"),
        ('{"rules": {\n"type-enum": ["feat"]}}', 2, "must be a list: 0, 1 or 2"),
        ('{"rules": {\n"type-enum": "feat"}}', 2, "must be a list: 0, 1 or 2"),
        ('{"rules": {\n"type-enum": [true]}}', 2, "must be a list: 0, 1 or 2"),
        ('{"rules": {"type-enum": [2, "always",\n "feat"]}}', 2, "must be a list of types"),
        ('{"rules": {"type-enum": [2, "always",\n [1]]}}', 2, "a type must be text"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(text)
    assert caught.value.line == line
