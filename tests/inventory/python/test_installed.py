from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.inventory.package import Artifact, canonical
from gates.inventory.python.installed import Installed, _names, details, matched
from gates.inventory.python.interpreter import markers, running

MARKERS = {**running(), "python_version": "3.12", "python_full_version": "3.12.3", "sys_platform": "linux"}


def install(site: Path, name: str, headers: str = "", **files: str) -> Path:
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{headers}", "utf-8")
    for leaf, text in files.items():
        (folder / leaf.replace("_json", ".json")).write_text(text, "utf-8")
    return folder


def needs(site: Path, extras: dict[str, tuple[str, ...]] | None = None) -> dict[str, tuple[str, ...]]:
    return {name: found.needs for name, found in details(str(site), MARKERS, extras).items() if found.needs}


def test_what_a_package_tells_of_itself(tmp_path: Path) -> None:
    headers = (
        "Summary: Does things\nLicense: MIT\nLicense-Expression: MIT OR Apache-2.0\n"
        "Classifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: Security\n"
        "Home-page: https://a.example.invalid\nProject-URL: Source, https://b.example.invalid/x,y\nProject-URL: broken\n"
        "\nLicense: GPL\n"
    )
    wheel = "Wheel-Version: 1.0\nBuild: 2\nTag: py2-none-any\nTag: py3-none-any\n"
    folder = install(tmp_path, "a", headers, WHEEL=wheel, RECORD="")
    assert details(str(tmp_path), MARKERS) == {
        "a": Installed(
            "a",
            "1.0",
            str(folder),
            expression="MIT OR Apache-2.0",
            licence="MIT",
            classifiers=("License :: OSI Approved :: MIT License",),
            links=(("Source", "https://b.example.invalid/x,y"), ("Home-page", "https://a.example.invalid")),
            tags=("py2-none-any", "py3-none-any"),
            build="2",
            recorded=True,
            summary="Does things",
        )
    }


@pytest.mark.parametrize(
    ("headers", "authors"),
    [
        ("Author: Jane Roe\nAuthor-email: jane@x.example.invalid\n", ("Jane Roe",)),
        ("Author-email: Jane Roe <jane@x.example.invalid>, John <john@x.example.invalid>\n", ("Jane Roe", "John")),
        ('Author-email: "Roe, Jane" <jane@x.example.invalid>\n', ("Roe, Jane",)),
        ("Author-email: Acme, Inc. <x@x.example.invalid>\n", ("Acme, Inc.",)),
        ("Author: Jane <jane@x.example.invalid>\n", ("Jane",)),
        ("Author: jane@x.example.invalid\n", ()),
        ("Author: Jane Roe, John\nAuthor-email: Jane Roe <jane@x.example.invalid>\n", ("Jane Roe, John",)),
        ("Author: UNKNOWN\nAuthor-email: UNKNOWN\n", ()),
        ("Author-email: a@x.example.invalid, Łucja <l@x.example.invalid>\n", ("Łucja",)),
    ],
)
def test_who_made_it_is_told_without_addresses(tmp_path: Path, headers: str, authors: tuple[str, ...]) -> None:
    install(tmp_path, "a", headers + headers.replace("Author", "Maintainer"))
    found = details(str(tmp_path), MARKERS)["a"]
    assert (found.authors, found.maintainers) == (authors, authors)


@given(st.text(st.sampled_from([*"aB ,;<>@.\"'("])))
def test_no_name_holds_an_address(text: str) -> None:
    for name in _names(text):
        assert name.strip() == name != ""
        assert "@" not in name


def test_needs_are_what_is_installed_and_asked_for_here(tmp_path: Path) -> None:
    headers = (
        "Requires-Dist: B_.b>=1\nRequires-Dist: c (<2) ; python_version < '3.9'\nRequires-Dist: d; extra == 'x'\nRequires-Dist: a\n"
        "Requires-Dist: gone[z] ; sys_platform == 'linux'\nRequires-Dist: e @ https://x.example.invalid/a;b ; python_version > '3'\n"
    )
    install(tmp_path, "a", headers)
    for name in ("b-b", "c", "d", "e"):
        install(tmp_path, name)
    found = details(str(tmp_path), MARKERS)["a"]
    assert (found.needs, found.missing) == (("b-b", "e"), ("gone",))
    assert needs(tmp_path, {"a": ("X",)}) == {"a": ("b-b", "e", "d")}
    assert details(str(tmp_path), {**MARKERS, "python_version": "3.8", "sys_platform": "win32"})["a"].needs == ("b-b", "c", "e")


def test_an_extra_counts_where_an_installed_package_asks_for_it(tmp_path: Path) -> None:
    install(tmp_path, "a", "Requires-Dist: b[x]; python_version >= '3.10'\n")
    install(tmp_path, "b", "Requires-Dist: c; extra == 'x'\nRequires-Dist: b[y]; extra == 'x'\nRequires-Dist: d[z]; extra == 'y'\n")
    install(tmp_path, "c", "Requires-Dist: a[all]\n")
    install(tmp_path, "d", "Requires-Dist: a; extra == 'other'\nRequires-Dist: c; extra == 'Z'\n")
    assert needs(tmp_path) == {"a": ("b",), "b": ("c", "d"), "c": ("a",), "d": ("c",)}


def test_versions_that_follow_no_rule_are_no_matter(tmp_path: Path) -> None:
    install(tmp_path, "a", "Requires-Dist: b (>dev)\nRequires-Dist: c >=1.0.* ; python_version >= '3'\n")
    install(tmp_path, "b")
    install(tmp_path, "c")
    assert needs(tmp_path) == {"a": ("b", "c")}


def test_an_egg_keeps_its_needs_beside(tmp_path: Path) -> None:
    folder = tmp_path / "a-1.0-py3.12.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Name: a\nVersion: 1.0\nLicense: BSD\n")
    (folder / "requires.txt").write_text("b>=1\n\n[:sys_platform == 'win32']\nc\n\n[x]\nd\n\n[x:python_version < '3']\ne\n")
    for name in "bcde":
        install(tmp_path, name)
    assert needs(tmp_path) == {"a": ("b",)}
    assert needs(tmp_path, {"a": ("x",)}) == {"a": ("b", "d")}
    found = details(str(tmp_path), MARKERS)["a"]
    assert (found.licence, found.tags, found.recorded) == ("BSD", (), False)


def test_where_it_came_from_and_the_digests_there(tmp_path: Path) -> None:
    archive = '{"url": "https://u:p@x.example.invalid/a.whl", "archive_info": {"hash": "sha256=00AA", "hashes": {"sha256": "00aa"}}}'
    install(tmp_path, "a", direct_url_json=archive)
    install(tmp_path, "b", direct_url_json='{"url": "file:///src/b", "dir_info": {"editable": true}}')
    (tmp_path / "c.egg-link").write_text("/src/c\n.")
    found = details(str(tmp_path), MARKERS)
    assert (found["a"].address, found["a"].digests) == ("https://x.example.invalid/a.whl", ("sha256:00aa",))
    assert (found["b"].address, found["b"].digests) == ("file:///src/b", ())
    assert found["c"] == Installed("c", "", f"{tmp_path}/c.egg-link", address="/src/c")


@pytest.mark.parametrize(
    ("headers", "files", "message"),
    [
        ("Requires-Dist: ../x\n", {}, "no requirement"),
        (f"Requires-Dist: {'a' * 5000}\n", {}, "no requirement"),
        ("Requires-Dist: b; python_version >\n", {}, "no marker"),
        ("Requires-Dist: b; nonsense == 'x'\n", {}, "no marker"),
        (f"Requires-Dist: b; {'(' * 1500}\n", {}, "no marker"),
        ("", {"WHEEL": "Tag: " + "x" * (2 << 20)}, "more than"),
        ("", {"direct_url_json": '{"url": "x", "archive_info": {"hash": "nonsense"}}'}, "no hash"),
    ],
)
def test_refuses(tmp_path: Path, headers: str, files: dict[str, str], message: str) -> None:
    install(tmp_path, "a", headers, **files)
    with pytest.raises(DocumentError, match=message) as caught:
        details(str(tmp_path), MARKERS)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        details(str(tmp_path / "none"), MARKERS)
    assert details(str(tmp_path), MARKERS) == {}


def test_nothing_is_executed(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in ("evil.pth", "sitecustomize.py", "a.py"):
        (tmp_path / name).write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    install(tmp_path, "a", "Requires-Dist: b; __import__('os') == 'x'\n")
    with pytest.raises(DocumentError):
        details(str(tmp_path), MARKERS)
    assert not marker.exists()


lines = st.sampled_from(
    [
        *("Requires-Dist: b[x]", "Requires-Dist: b; extra == 'x'", "Requires-Dist: a[x, y]; extra == 'y'", "Requires-Dist: ;"),
        *("Requires-Dist: b ; (extra == 'x' or", "Provides-Extra: x", "Author: <@>", "Author-email: é <", "License: x"),
        *(" continued", "no header", "\x85", ""),
    ]
)


@given(st.lists(lines), st.lists(lines))
def test_any_metadata(tmp_path_factory: pytest.TempPathFactory, one: list[str], other: list[str]) -> None:
    site = tmp_path_factory.mktemp("site")
    install(site, "a", "\n".join(one), WHEEL="\n".join(other))
    install(site, "b", "\n".join(other), RECORD="")
    found: dict[str, Installed] = {}
    with suppress(DocumentError):
        found = details(str(site), MARKERS, {"a": ("x",), "z": ("y",)})
    assert all(need in found and need != name for name, item in found.items() for need in item.needs)


# --- which file it was -------------------------------------------------------------------------------------------------------------


def artifacts(*names: str) -> list[Artifact]:
    return [Artifact(name, f"sha256:{number:02}") for number, name in enumerate(names)]


def of(*tags: str, **more: Any) -> Installed:
    return Installed("a", "1.0", "/x/a-1.0.dist-info", tags=tags)._replace(**more)


LINUX = "a-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
MUSL = "a-1.0-cp312-cp312-musllinux_1_2_x86_64.whl"
MAC = "a-1.0-cp312-cp312-macosx_11_0_arm64.whl"
PURE = "a-1.0-py2.py3-none-any.whl"
SDIST = "a-1.0.tar.gz"


@pytest.mark.parametrize(
    ("installed", "files", "expected"),
    [
        (of("cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux2014_x86_64"), (SDIST, LINUX, MUSL, MAC, PURE), LINUX),
        (of("cp312-cp312-musllinux_1_2_x86_64"), (SDIST, LINUX, MUSL), MUSL),
        (of("py2-none-any", "py3-none-any"), (SDIST, PURE), PURE),
        (of("py2.py3-none-any"), (PURE, SDIST), PURE),
        # the tags in the wheel are fewer than those in its name
        (of("cp312-cp312-manylinux2014_x86_64"), (SDIST, LINUX, MUSL), LINUX),
        # built from the sdist: no wheel of a registry has such tags
        (of("cp312-cp312-linux_x86_64"), (SDIST, MAC), SDIST),
        (of("py3-none-any"), (SDIST, LINUX, MAC), SDIST),
        (of("cp313-cp313-linux_x86_64"), (SDIST, LINUX), SDIST),
        # a wheel that was renamed, or one that was built here
        (of("cp312-cp312-linux_x86_64"), (SDIST, LINUX), ""),
        (of("cp312-cp312-linux_x86_64"), (LINUX, MAC), LINUX),
        (of("cp312-cp312-linux_x86_64"), (LINUX, MUSL), ""),
        # builds
        (of("py3-none-any", build="2"), ("a-1.0-1-py3-none-any.whl", "a-1.0-2-py3-none-any.whl"), "a-1.0-2-py3-none-any.whl"),
        (of("py3-none-any"), ("a-1.0-1-py3-none-any.whl", "a-1.0-py3-none-any.whl"), "a-1.0-py3-none-any.whl"),
        (of("py3-none-any"), ("a-1.0-1-py3-none-any.whl", "a-1.0-2-py3-none-any.whl"), ""),
        # nothing in it tells
        (of(), (SDIST, PURE), ""),
        (of(), (PURE,), PURE),
        (of("py3-none-any"), (), ""),
        (of("nonsense"), (SDIST, PURE), ""),
        (of(".".join("a" * 100) + "-" + ".".join("b" * 100) + "-c"), (SDIST, PURE), ""),
        (of("cp312-cp312-win_amd64"), (MAC,), ""),
        # eggs are made from sources
        (of(path="/x/a-1.0.egg-info"), (SDIST, PURE), SDIST),
        # from elsewhere
        (of("py3-none-any", address="file:///src/a"), (PURE,), ""),
        (of("py3-none-any", address="https://x.example.invalid/a.whl", digests=("sha256:01",)), (PURE, SDIST), SDIST),
        (of("py3-none-any", address="https://x.example.invalid/a.whl", digests=("sha256:99",)), (PURE,), ""),
    ],
)
def test_the_file_that_was_installed(installed: Installed, files: tuple[str, ...], expected: str) -> None:
    found = matched(installed, artifacts(*files))
    assert (found.name if found else "") == expected


# --- beside others -----------------------------------------------------------------------------------------------------------------

SITE = sysconfig.get_path("purelib")


def required(name: str) -> list[Requirement]:
    return [Requirement(text) for text in importlib.metadata.requires(name) or ()]


def test_agrees_with_the_standard_library_on_this_environment() -> None:
    ours = details(SITE, markers(SITE, running()))
    assert len(ours) > 20
    for name, found in ours.items():
        theirs = importlib.metadata.metadata(name)
        assert found.classifiers == tuple(text for text in theirs.get_all("Classifier", []) if text.startswith("License :: "))
        assert found.expression == theirs.get("License-Expression", "")
        always = {canonical(one.name) for one in required(name) if one.marker is None or one.marker.evaluate({"extra": ""})}
        assert always & ours.keys() - {name} <= set(found.needs)
        assert always <= {*found.needs, *found.missing, name}
        assert found.tags
        assert found.recorded


def peer() -> str | None:
    return shutil.which("cyclonedx-py", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(peer() is None, reason="cyclonedx-py is not installed")
def test_agrees_with_cyclonedx_py_on_this_environment() -> None:
    """It takes every Requires-Dist for an edge, also of other versions of Python and of extras that nobody asked for."""
    command = [str(peer()), "environment", "--no-validate", "-o", "-", sys.executable]
    bom = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    theirs = {canonical(one["name"]): one for one in bom["components"]}
    ours = details(SITE, markers(SITE, running()))
    assert {name: canonical(one["version"]) for name, one in theirs.items()} == {name: canonical(one.version) for name, one in ours.items()}
    refs = {one["bom-ref"]: canonical(one["name"]) for one in bom["components"]}
    edges = {(refs[one["ref"]], refs[to]) for one in bom["dependencies"] if one["ref"] in refs for to in one.get("dependsOn", ())}
    found = {(name, need) for name, one in ours.items() for need in one.needs}
    assert found <= edges
    for name, need in edges - found:
        assert not any(one.marker is None or one.marker.evaluate({"extra": ""}) for one in required(name) if canonical(one.name) == need)
    assert all(one.expression or one.licence or one.classifiers for name, one in ours.items() if theirs[name].get("licenses"))
    for name, one in theirs.items():
        for licence in one.get("licenses", ()):
            if text := licence.get("expression") or licence["license"].get("name"):
                assert text in (ours[name].expression, ours[name].licence, *ours[name].classifiers)
