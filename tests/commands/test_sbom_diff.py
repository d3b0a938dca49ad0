"""`gates sbom diff`: what it says in each form, what blocks, what a waiver does, and what it cannot read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from gates.commands.sbom_differences import BUDGET, SHOWN
from tests.commands.conftest import Command
from tests.core.conftest import Maker

Object = dict[str, Any]
ONE, TWO = "1" * 64, "2" * 64


def component(name: str, version: str = "1.0", digest: str = "", **more: Any) -> Object:
    hashes = {"hashes": [{"alg": "SHA-256", "content": digest}]} if digest else {}
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}", **hashes, **more}


def store(repository: Maker, path: str, *components: Object, version: str = "1.0", **more: Any) -> None:
    main = {"type": "application", "name": "acme", "version": version}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": main}, "components": [*components], **more}
    repository.write(path, json.dumps(document, indent=1))


@pytest.fixture
def two(repository: Maker) -> Maker:
    mit, other = [{"license": {"id": "MIT"}}], [{"license": {"id": "0BSD"}}]
    store(repository, "a.json", component("kept", digest=ONE), component("gone"), component("newer", "1.9", licenses=mit))
    store(repository, "b.json", component("kept", digest=TWO), component("new"), component("newer", "1.10", licenses=other), version="1.1")
    repository.commit("two SBOMs")
    return repository


def test_text_tells_what_differs_and_then_what_blocks(gates: Command, two: Maker) -> None:
    said = gates("sbom", "diff", "a.json", "b.json", "--no-timing", at=two.top)
    assert said.code == 1
    assert said.stdout.startswith(
        "acme 1.0 -> acme 1.1: 3 components, 3 before; "
        "1 added, 1 removed, 1 with other versions, 1 with another licence, 1 with other hashes\n"
        "\nadded (1)\n  pkg:pypi/new 1.0\n"
        "\nremoved (1)\n  pkg:pypi/gone 1.0\n"
        "\nversion changed (1)\n  pkg:pypi/newer 1.9 -> 1.10 (upgrade)\n"
        "\nlicence changed (1)\n  pkg:pypi/newer MIT -> 0BSD\n"
        "\nhash changed (1)\n  pkg:pypi/kept 1.0: has another hash than before\n"
        "\nb.json:"
    )
    assert (
        f" high sbom/hash-changed pkg:pypi/kept@1.0 has another hash than before: SHA-256 {ONE} before, SHA-256 {TWO} now\n" in said.stdout
    )
    assert said.stdout.endswith("\nFAIL 1 blocking\n")
    assert "hash changed (1)" not in gates("sbom", "diff", "a.json", "b.json", "--quiet", at=two.top).stdout


def test_of_two_equal_ones_it_says_so(gates: Command, two: Maker) -> None:
    said = gates("sbom", "diff", "a.json", "a.json", "--no-timing", at=two.top)
    assert said.code == 0
    assert said.stdout.startswith("acme 1.0 -> acme 1.0: 3 components, 3 before; no difference\n\nsbom  pass")


def test_a_waiver_lets_this_hash_through_and_no_other(gates: Command, two: Maker) -> None:
    report = gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=two.top)
    (found,) = report.gate("sbom")["findings"]
    two.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n  - id: W-0001\n    gate: sbom\n    rule: sbom/hash-changed\n"
        f"    fingerprint: {found['fingerprint']}\n    reason: it was built again by hand, see the log of the build\n"
        '    owner: "@acme/release"\n    created: 2026-11-01\n    sunset: 2026-12-01\n',
    )
    said = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=two.top)
    assert said.code == 0
    assert "waived by `W-0001` until 2026-12-01" in said.stdout
    store(two, "b.json", component("kept", digest="3" * 64))
    assert gates("sbom", "diff", "a.json", "b.json", at=two.top).code == 1


def test_another_file_of_the_version_is_told_and_does_not_block(gates: Command, repository: Maker) -> None:
    for path, digest, name in (
        ("a.json", ONE, "kept-1.0-cp312-cp312-win_amd64.whl"),
        ("b.json", TWO, "kept-1.0-cp313-cp313-win_amd64.whl"),
    ):
        store(repository, path, component("kept", digest=digest, properties=[{"name": "gates:artifact", "value": name}]))
    said = gates("sbom", "diff", "a.json", "b.json", at=repository.top)
    assert said.code == 0
    assert "medium sbom/hash-changed pkg:pypi/kept@1.0 is another file than before: SHA-256 111" in said.stdout
    assert gates("sbom", "diff", "a.json", "b.json", "--fail-on", "medium", at=repository.top).code == 1


def test_json_is_the_report_with_all_that_differs(gates: Command, two: Maker) -> None:
    report = gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=two.top).report
    comparison = report["comparison"]
    assert report["verdict"] == "fail"
    assert comparison["after"] == {
        "path": "b.json",
        "root": {"package": "application acme", "name": "acme", "version": "1.1"},
        "components": 3,
    }
    assert comparison["versions"] == [{"package": "pkg:pypi/newer", "before": ["1.9"], "after": ["1.10"], "direction": "upgrade"}]
    assert comparison["hashes"][0]["subject"] == report["gates"][0]["findings"][0]["subject"]


def test_json_keeps_to_the_schema(gates: Command, two: Maker) -> None:
    import jsonschema

    schema = json.loads((Path(__file__).parents[2] / "gates/schemas/report.schema.json").read_text("utf-8"))
    report = gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=two.top).report
    jsonschema.Draft202012Validator(schema).validate(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**report, "comparison": {}})


def test_each_format_goes_where_it_is_told_to(gates: Command, two: Maker) -> None:
    notes, sarif = two.top / "notes.md", two.top / "diff.sarif"
    said = gates("sbom", "diff", "a.json", "b.json", f"--format=markdown={notes}", f"--format=sarif={sarif}", "--format=text", at=two.top)
    assert said.stdout.startswith("acme 1.0 -> acme 1.1")
    assert notes.read_text("utf-8").startswith("### Components\n\n`acme 1.0` → `acme 1.1`: 3 components, 3 before; ")
    assert json.loads(sarif.read_text("utf-8"))["runs"]
    said = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", "--output", str(two.top / "again.md"), at=two.top)
    assert said.stdout == ""
    assert (two.top / "again.md").read_bytes() == notes.read_bytes()
    said = gates("sbom", "diff", "a.json", "b.json", "--format", f"markdown={notes}", "--output", "x", at=two.top)
    assert (said.code, "names a file already" in said.stderr) == (2, True)


def test_the_github_form_writes_annotations_and_summary(gates: Command, two: Maker) -> None:
    summary = two.top / "summary.md"
    environment = {"GITHUB_STEP_SUMMARY": str(summary)}
    said = gates("sbom", "diff", "a.json", "b.json", "--format", "github", at=two.top, environment=environment)
    assert said.stdout.startswith("::error file=b.json,line=")
    assert "sbom/hash-changed" in summary.read_text("utf-8")


def test_another_scope_is_told(gates: Command, repository: Maker) -> None:
    store(repository, "a.json", component("kept"))
    store(repository, "b.json", component("kept", scope="excluded"))
    said = gates("sbom", "diff", "a.json", "b.json", at=repository.top)
    assert (said.code, "\nscope changed (1)\n  pkg:pypi/kept required -> excluded\n" in said.stdout) == (0, True)
    notes = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=repository.top).stdout
    assert "#### Scope changed (1)\n" in notes


def test_of_many_findings_the_first_are_written_in_full_and_all_are_counted(gates: Command, repository: Maker) -> None:
    for path, digest in (("a.json", ONE), ("b.json", TWO)):
        store(repository, path, *(component(f"n{number}", digest=digest) for number in range(SHOWN + 5)))
    said = gates("sbom", "diff", "a.json", "b.json", "--no-timing", at=repository.top).stdout
    assert said.count(" high sbom/hash-changed ") == SHOWN
    assert "\nand 5 more blocking (--format json lists each)\n" in said
    assert said.endswith(f"FAIL {SHOWN + 5} blocking\n")
    report = gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=repository.top)
    assert len(report.gate("sbom")["findings"]) == SHOWN + 5


HOSTILE = [
    "<script>alert(1)</script>",
    "a|b\\|c`d``e",
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "@acme/all #1",
    "line\nbreak",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "::error::x",
    "##[error]x",
    "x" * 100_000,
    "`" * 300,
    "",
]


def test_no_name_acts_in_markdown_or_on_a_terminal(gates: Command, repository: Maker) -> None:
    named = [{"type": "library", "group": name, "name": name, "version": name or "1"} for name in HOSTILE]
    changed = [
        component(f"n{number}", "1.0", ONE, licenses=[{"license": {"name": name}}], supplier={"name": name}, externalReferences=[])
        for number, name in enumerate(HOSTILE)
    ]
    store(repository, "a.json", *(component(f"n{number}", "1.0", TWO) for number in range(len(HOSTILE))))
    store(repository, "b.json", *named, *changed)
    markdown = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=repository.top).stdout
    tokens = [child for token in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown) for child in (token, *(token.children or ()))]
    assert {token.type for token in tokens} & {"html_block", "html_inline", "link_open", "image"} == set()
    rows = [line for line in markdown.splitlines() if line.startswith("| `")]
    assert len(rows) == 3 * len(HOSTILE) + len(HOSTILE) - 2  # hashes, added, and licences and suppliers but for those without any
    for said in (markdown, gates("sbom", "diff", "a.json", "b.json", at=repository.top).stdout):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
        assert not re.search(r"^\s*::|##\[", said, flags=re.MULTILINE)
        assert max(map(len, said.splitlines())) < 4000


def test_markdown_is_short_enough_for_the_notes_of_a_release(gates: Command, repository: Maker) -> None:
    long = "a" * 150
    store(repository, "a.json", *(component(f"gone{number}-{long}") for number in range(3000)))
    store(repository, "b.json", *(component(f"new{number}-{long}") for number in range(3000)))
    said = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=repository.top).stdout
    assert len(said) < BUDGET + 2000
    assert "#### Added (3,000)" in said
    shown, left = re.findall(r"^\| `pkg:pypi/gone", said, re.MULTILINE), re.findall(r"… and ([\d,]+) more\.\n\Z", said)
    assert "#### Removed (3,000)" in said
    assert len(shown) < SHOWN
    assert left == [f"{3000 - len(shown):,}"]
    text = gates("sbom", "diff", "a.json", "b.json", at=repository.top).stdout
    assert f"  and {3000 - SHOWN:,} more (--format json lists each)\n" in text
    whole = gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=repository.top).report
    assert len(whole["comparison"]["added"]) == 3000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "this is empty"),
        ("{", "not valid JSON"),
        ("{}", "CycloneDX"),
        ("<bom xmlns='http://cyclonedx.org/schema/bom/1.6'/>", "this is CycloneDX in XML"),
        ('{"spdxVersion": "SPDX-2.3"}', "SPDX"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "lists no component"),
        ('{"bomFormat": "CycloneDX", "specVersion": "9.9", "components": []}', "not known"),
        ("[" * 100_000, "nested deeper"),
    ],
)
@pytest.mark.parametrize("side", ["a.json", "b.json"])
def test_what_is_no_sbom_is_an_error_of_one_line(gates: Command, two: Maker, content: str, told: str, side: str) -> None:
    two.write(side, content)
    said = gates("sbom", "diff", "a.json", "b.json", "--no-timing", at=two.top)
    assert said.code == 3
    (line,) = [line for line in said.stdout.splitlines() if line.startswith(f"  {side}")]
    assert told in line
    notes = gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=two.top)
    assert notes.code == 3
    assert notes.stdout.startswith("### Components\n\nThe two SBOMs were not compared.\n")
    assert "comparison" not in gates("sbom", "diff", "a.json", "b.json", "--format", "json", at=two.top).report


def test_what_is_not_there_is_a_usage_error(gates: Command, two: Maker) -> None:
    for path in ("missing.json", "security"):
        (two.top / "security").mkdir(exist_ok=True)
        said = gates("sbom", "diff", path, "b.json", at=two.top)
        assert (said.code, said.stdout) == (2, "")
        assert said.stderr.startswith(f"gates: {path}: ")
    (two.top / "link.json").symlink_to("a.json")
    assert gates("sbom", "diff", "link.json", "b.json", at=two.top).code == 3


def test_files_outside_of_any_repository_are_compared(gates: Command, tmp_path: Path) -> None:
    for name, digest in (("a.json", ONE), ("b.json", TWO)):
        document = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component("a", digest=digest)]}
        (tmp_path / name).write_text(json.dumps(document), "utf-8")
    said = gates("sbom", "diff", "a.json", "b.json", at=tmp_path)
    assert said.code == 1
    assert said.stdout.startswith("what is not told -> what is not told: 1 component, 1 before; 1 with other hashes\n")


def test_two_of_different_things_are_named_as_such(gates: Command, two: Maker) -> None:
    document = json.loads((two.top / "b.json").read_text("utf-8"))
    document["metadata"]["component"]["name"] = "other"
    two.write("b.json", json.dumps(document))
    assert "\nthe two describe different things\n" in gates("sbom", "diff", "a.json", "b.json", at=two.top).stdout
    assert "**The two describe different things.**" in gates("sbom", "diff", "a.json", "b.json", "--format", "markdown", at=two.top).stdout


def test_the_same_input_gives_the_same_bytes(gates: Command, two: Maker) -> None:
    for form in ("text", "json", "markdown"):
        first, second = (gates("sbom", "diff", "a.json", "b.json", "--format", form, "--no-timing", at=two.top) for _ in range(2))
        assert first.stdout == second.stdout
