"""What files of an image are by their path and mode: setuid, writable for all, caches, tools."""

from __future__ import annotations

import pytest

from gates.core.finding import Severity
from gates.image.options import Options
from tests.doubles.images import File, Image, Layer, folder, hard_link, link
from tests.image.inspecting.support import inspect, layers

# setuid


@pytest.mark.parametrize(("mode", "which"), [(0o4755, "setuid"), (0o2755, "setgid"), (0o6711, "setuid and setgid"), (0o4001, "setuid")])
def test_setuid_file(mode: int, which: str) -> None:
    finding = inspect(layers({"usr/local/bin/helper": File(b"\x7fELF", mode)})).one("setuid-file")
    assert finding.severity is Severity.MEDIUM
    assert f"/usr/local/bin/helper is {which} (mode {mode:04o}), from layer 1 of 1 (COPY . .)" in finding.message
    assert finding.subject == "usr/local/bin/helper"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("bin/su", File(b"", 0o4755)),
        ("usr/bin/passwd", File(b"", 0o4755)),
        ("usr/sbin/unix_chkpwd", File(b"", 0o2755)),
        ("bin/bbsuid", File(b"", 0o4111)),
        ("usr/bin/tool", File(b"", 0o755)),
        ("var/mail", folder(0o2775)),
        ("srv/data.bin", File(b"", 0o4644)),  # nobody can start it
    ],
)
def test_usual_setuid_files(path: str, file: File) -> None:
    assert not inspect(layers({path: file})).of("setuid-file")


def test_a_usual_name_elsewhere_is_not_usual() -> None:
    assert inspect(layers({"opt/bin/su": File(b"", 0o4755), "usr/bin/sudo": File(b"", 0o4755)})).of("setuid-file")[1:]


def test_setuid_that_the_policy_allows() -> None:
    image = layers({"usr/bin/sudo": File(b"", 0o4755), "usr/bin/other": File(b"", 0o4755)})
    assert inspect(image, Options(setuid_allowed=("/usr/bin/sudo",))).one("setuid-file").subject == "usr/bin/other"


def test_only_what_can_be_seen_at_the_end_counts() -> None:
    bad = {"usr/bin/x": File(b"", 0o4755), "srv/y": File(b"", 0o666), "var/lib/apt/lists/a_b_Packages": "p"}
    assert inspect(layers(bad)).of("setuid-file")
    gone = Image([Layer(bad), Layer({"usr/bin/x": File(b"", 0o755)}, deleted=["srv/y"], opaque=["var/lib/apt/lists"])])
    told = inspect(gone)
    assert not [told.of(rule) for rule in ("setuid-file", "world-writable", "package-cache") if told.of(rule)]


def test_a_hard_link_is_the_program_too() -> None:
    files = [("usr/bin/a", File(b"", 0o755)), ("usr/bin/b", hard_link("usr/bin/a")._replace(mode=0o4755))]
    assert inspect(Image([Layer(files)])).one("setuid-file").subject == "usr/bin/b"


# writable for all


@pytest.mark.parametrize(
    ("path", "file"), [("app/config.py", File(b"", 0o666)), ("etc/cron.d", folder(0o777)), ("app/run", File(b"", 0o777))]
)
def test_writable_for_all(path: str, file: File) -> None:
    finding = inspect(layers({path: file})).one("world-writable")
    assert finding.subject == path
    assert finding.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("tmp/x", File(b"", 0o666)),
        ("tmp", folder(0o1777)),
        ("var/tmp", folder(0o777)),
        ("run/lock", folder(0o777)),
        ("srv/shared", folder(0o1777)),
        ("app/link", link("config.py")),
        ("app/a", File(b"", 0o664)),
    ],
)
def test_what_may_be_writable(path: str, file: File) -> None:
    assert not inspect(layers({path: file})).of("world-writable")


def test_a_tree_that_is_writable_is_one_finding() -> None:
    tree: dict[str, object] = {"app": folder(0o777), "app/lib": folder(0o777), "app/lib/a": File(b"", 0o777), "srv/b": File(b"", 0o666)}
    told = inspect(layers(tree)).of("world-writable")
    assert [finding.subject for finding in told] == ["app", "srv/b"]
    assert "as can 2 more below it" in told[0].message
    assert told[0].data["below"] == ["app/lib", "app/lib/a"]


# caches


@pytest.mark.parametrize(
    ("path", "folder_"),
    [
        ("var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease", "var/lib/apt/lists"),
        ("var/cache/apt/archives/curl_7.88.1_amd64.deb", "var/cache/apt"),
        ("var/cache/apt/pkgcache.bin", "var/cache/apt"),
        ("var/cache/apk/APKINDEX.tar.gz", "var/cache/apk"),
        ("var/cache/dnf/a/b.solv", "var/cache/dnf"),
        ("root/.cache/pip/http/a/b", "root/.cache/pip"),
        ("home/app/.cache/uv/x", "home/app/.cache/uv"),
        ("root/.npm/_cacache/index-v5/a", "root/.npm/_cacache"),
    ],
)
def test_cache_of_a_package_manager(path: str, folder_: str) -> None:
    finding = inspect(layers({path: "content"})).one("package-cache")
    assert finding.subject == folder_
    assert finding.severity is Severity.LOW
    assert f"/{folder_} holds 1 file of 7 bytes" in finding.message


@pytest.mark.parametrize(
    "files",
    [
        {"var/lib/apt/lists/lock": "", "var/lib/apt/lists/partial": folder(), "var/lib/apt/lists/auxfiles": folder()},
        {"var/cache/apt/archives/lock": "", "var/cache/apk": folder(), "var/cache/ldconfig/aux-cache": "x", "root/.cache/other/a": "a"},
        {"var/lib/apt/extended_states": "x"},
    ],
)
def test_what_is_no_cache(files: dict[str, object]) -> None:
    assert not inspect(layers(files)).of("package-cache")


def test_files_of_one_cache_are_one_finding() -> None:
    told = inspect(layers({"var/lib/apt/lists/a": "aa"}, {"var/lib/apt/lists/b": "b" * 1000, "root/.cache/pip/c": "c"}))
    assert sorted(finding.data["files"] for finding in told.of("package-cache")) == [1, 2]  # type: ignore[type-var]
    assert any("and 1 more layer" in finding.message for finding in told.of("package-cache"))


# tools


TOOLS: dict[str, object] = {
    "usr/bin/gcc": link("gcc-12"),
    "usr/bin/gcc-12": link("x86_64-linux-gnu-gcc-12"),
    "usr/bin/x86_64-linux-gnu-gcc-12": File(b"", 0o755),
    "usr/local/bin/pip3.12": File(b"", 0o755),
    "opt/venv/lib/python3.12/site-packages/pip/__main__.py": "",
    "usr/local/bin/npm": File(b"", 0o755),
    "root/.local/bin/uv": File(b"", 0o755),
    "usr/bin/make": File(b"", 0o755),
}


def test_build_tools_are_told_where_the_policy_asks() -> None:
    assert not inspect(layers(TOOLS)).of("build-tools")
    told = {finding.subject: finding for finding in inspect(layers(TOOLS), Options(build_tools=True)).of("build-tools")}
    assert set(told) == {"gcc", "pip", "npm", "uv", "make"}
    assert "(/usr/bin/gcc and 2 more)" in told["gcc"].message
    assert {finding.severity for finding in told.values()} == {Severity.LOW}


def test_what_is_no_build_tool() -> None:
    files: dict[str, object] = {"usr/bin/python3": "", "usr/share/doc/make/copyright": "", "usr/bin/ldd": "", "srv/pip": "", "bin/goto": ""}
    assert not inspect(layers(files), Options(build_tools=True)).of("build-tools")


@pytest.mark.parametrize("files", [{}, {"etc": folder()}, {"a": link("b")}])
def test_layers_without_any_file_are_an_error(files: dict[str, object]) -> None:
    (unread,) = inspect(layers(files, User="1000")).unread
    assert "hold no file" in unread.message
