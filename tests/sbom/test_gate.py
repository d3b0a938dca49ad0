"""The gate: which files it judges, and what it does where there are none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gates.core.errors import GateUnavailable, NothingToJudge, UsageError
from gates.core.gate import Scanned, ToolUsed
from gates.sbom.gate import GATE
from gates.sbom.options import Options
from tests.core.conftest import Maker, make
from tests.sbom.documents import component, context, document, findings, look, rules, skipped, unread, uv_lock, written

__all__ = ["make"]
GOOD = written(document(component("a")))


@pytest.fixture
def repository(make: Callable[..., Maker]) -> Maker:
    made: Maker = make()
    made.write("uv.lock", uv_lock(("a", "1.0")))
    return made


def test_the_files_of_the_policy_are_judged(repository: Maker) -> None:
    repository.write("dist/bom.json", GOOD)
    events = look(repository.top, options=Options(files=("dist/bom.json", "./dist/bom.json")))
    assert (findings(events), unread(events)) == ([], {})
    assert events.count(Scanned(1, len(GOOD))) == 1
    assert ToolUsed("CycloneDX schema", "1.6") in events


def test_the_profile_of_the_policy_counts(repository: Maker) -> None:
    repository.write("bom.json", GOOD)
    assert rules(look(repository.top, options=Options(files=("bom.json",), profile="cisa-2025"))) == {"incomplete"}


def test_without_files_there_is_nothing_to_judge(repository: Maker) -> None:
    with pytest.raises(NothingToJudge, match="files is empty"):
        look(repository.top)


def test_a_release_with_dependencies_needs_an_sbom(repository: Maker) -> None:
    with pytest.raises(GateUnavailable, match=r"uv\.lock tells what the release is made of.*gates sbom make"):
        look(repository.top, stage="release")
    repository.write("uv.lock", "broken = ")
    with pytest.raises(GateUnavailable, match=r"uv\.lock"):
        look(repository.top, stage="release")


def test_a_release_without_dependencies_needs_none(make: Callable[..., Maker]) -> None:
    with pytest.raises(NothingToJudge):
        look(make().top, stage="release")


def test_a_file_that_is_not_there_or_is_none_is_an_error(repository: Maker) -> None:
    events = look(repository.top, options=Options(files=("bom.json",)))
    assert "no such file; gates sbom make" in unread(events)["bom.json"][1]
    os.mkfifo(repository.top / "pipe")
    assert "regular file" in unread(look(repository.top, "pipe"))["pipe"][1]


def test_a_link_is_followed_where_the_caller_names_it(repository: Maker, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(GOOD)
    (repository.top / "bom.json").symlink_to(tmp_path / "other.json")
    assert not unread(look(repository.top, "bom.json"))
    assert list(unread(look(repository.top, options=Options(files=("bom.json",))))) == ["bom.json"]


def test_another_format_is_an_error_that_names_it(repository: Maker) -> None:
    repository.write("bom.spdx", "SPDXVersion: SPDX-2.3\n")
    assert unread(look(repository.top, "bom.spdx"))["bom.spdx"][1].endswith("this is an SPDX document in tag-value form")


def test_an_sbom_of_nothing_is_an_error(repository: Maker) -> None:
    repository.write("bom.json", written(document()))
    events = look(repository.top, "bom.json")
    assert "lists no component" in unread(events)["bom.json"][1]


def test_beside_one_that_cannot_be_read_nothing_is_compared(repository: Maker) -> None:
    repository.write("bom.json", written(document(component("z"))))
    repository.write("other.json", "{")
    events = look(repository.top, "bom.json", "other.json")
    assert list(unread(events)) == ["other.json"]
    assert findings(events) == []


def test_what_the_policy_leaves_out_is_skipped(repository: Maker) -> None:
    repository.write("excluded/bom.json", b"{")
    assert skipped(look(repository.top, "excluded/bom.json")) == {"excluded/bom.json": "left out"}


@pytest.mark.parametrize("path", ["/bom.json", "../bom.json", "a/../../bom.json"])
def test_files_of_the_policy_lie_in_the_repository(repository: Maker, path: str) -> None:
    assert GATE.refuse
    with pytest.raises(UsageError, match="outside"):
        GATE.refuse(context(repository.top), Options(files=(path,)))


def test_a_folder_is_no_sbom(repository: Maker) -> None:
    (repository.top / "dist").mkdir()
    assert GATE.refuse
    with pytest.raises(UsageError, match="folder"):
        GATE.refuse(context(repository.top), Options(files=("dist",)))


def test_time_runs_out_as_an_error(repository: Maker) -> None:
    repository.write("bom.json", GOOD)
    given = context(repository.top, "bom.json")
    given.deadline.cancel()
    with pytest.raises(GateUnavailable, match="time"):
        list(GATE.check(given, Options()))
