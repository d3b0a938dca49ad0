"""SBOMs against lock files: both ways, by package, in the versions' own order."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gates.inventory.package import Inventory, Package
from gates.sbom.options import Options
from gates.sbom.staleness import Comparison, compare, locked
from tests.core.conftest import Maker, make
from tests.sbom.documents import Json, component, document, findings, loaded, look, rules, skipped, unread, uv_lock, written

__all__ = ["make"]


def python(name: str, version: str, *groups: str, direct: bool | None = False) -> Package:
    return Package("PyPI", name, version, "uv.lock", 7, groups, direct)


def node(name: str, version: str, *groups: str) -> Package:
    return Package("npm", name, version, "package-lock.json", 9, groups)


def compared(content: Json, *packages: Package, groups: tuple[str, ...] = (), root: str = "shop") -> Comparison:
    direct = tuple((package.name, package.version) for package in packages if package.direct)
    held = [
        Inventory(path, path, tuple(package for package in packages if package.path == path), root, needs={"": direct})
        for path in dict.fromkeys(package.path for package in packages)
    ]
    return compare([loaded(content)], locked(held, groups, lambda path: None))


def messages(found: Comparison) -> list[str]:
    return [draft.message for drafts in found.different.values() for draft in drafts]


def test_equal_sets_differ_in_nothing() -> None:
    content = document(component("a"), component("b", "2.0"))
    assert compared(content, python("a", "1.0", direct=True), python("b", "2.0")) == Comparison((), {})


def test_versions_are_compared_as_their_ecosystem_does() -> None:
    content = document(component("zope-interface", "1.0.0", purl="pkg:pypi/Zope.Interface@1.0.0"))
    assert messages(compared(content, python("zope-interface", "1.0"))) == []


def test_what_is_missing_and_what_is_too_much_is_told() -> None:
    content = document(component("a", "1.0"), component("extra", "3.0"), component("moved", "1.1"))
    found = compared(content, python("a", "1.0"), python("gone", "2.0"), python("moved", "1.2"))
    assert sorted(messages(found)) == [
        "extra 3.0 is in the SBOM, and in no lock file",
        "gone 2.0 of uv.lock:7 is not in the SBOM",
        "moved is 1.1 in the SBOM, and 1.2 in uv.lock:7",
    ]
    assert {draft.subject: draft.data for draft in found.different["bom.json"]}["pkg:pypi/moved"] == {
        "purl": "pkg:pypi/moved",
        "extra": ["1.1"],
        "missing": ["1.2"],
        "locks": ["uv.lock"],
    }


def test_groups_are_left_out_unless_they_belong_to_the_release() -> None:
    content, packages = document(component("a")), (python("a", "1.0"), python("pytest", "9.0", "dev"))
    assert messages(compared(content, *packages)) == []
    assert messages(compared(content, *packages, groups=("dev",))) == ["pytest 9.0 of uv.lock:7 is not in the SBOM"]
    content = document(component("a"), component("pytest", "9.0"))
    said = "pytest 9.0 is in the SBOM, and in the locks for dev alone, which is not released"
    assert messages(compared(content, *packages)) == [said]
    assert messages(compared(content, *packages, groups=("dev",))) == []


def test_what_the_sbom_calls_excluded_is_not_listed() -> None:
    content = document(component("a"), component("pytest", "9.0", scope="excluded"))
    assert messages(compared(content, python("a", "1.0"), python("pytest", "9.0", "dev"))) == []
    content = document(component("a", scope="excluded"))
    assert messages(compared(content, python("a", "1.0"))) == ["a 1.0 of uv.lock:7 is not in the SBOM"]


def test_scopes_of_npm_are_part_of_the_name_however_they_are_written() -> None:
    purls = ("pkg:npm/%40acme/ui@1.0.0", "pkg:npm/%40Acme/UI@1.0.0", "pkg:npm/@acme/ui@1.0.0")
    for purl in purls:
        assert messages(compared(document(component("ui", "1.0.0", purl=purl)), node("@acme/ui", "1.0.0"))) == []
    assert len(messages(compared(document(component("ui", "1.0.0", purl="pkg:npm/ui@1.0.0")), node("@acme/ui", "1.0.0")))) == 2


def test_equal_names_of_two_ecosystems_are_two_packages() -> None:
    content = document(component("six", "1.0"))
    assert messages(compared(content, python("six", "1.0"), node("six", "1.0"))) == ["six 1.0 of package-lock.json:9 is not in the SBOM"]


def test_what_npm_installs_where_it_can_may_be_listed_or_not() -> None:
    packages = (node("a", "1.0"), node("fsevents", "2.3.3", "optional"))
    listed = [component("a", purl="pkg:npm/a@1.0"), component("fsevents", "2.3.3", purl="pkg:npm/fsevents@2.3.3")]
    assert messages(compared(document(*listed), *packages)) == messages(compared(document(listed[0]), *packages)) == []


def test_two_versions_of_a_package_are_both_wanted_unless_an_environment_was_looked_at() -> None:
    content, packages = document(component("numpy", "2.0")), (python("numpy", "1.26", direct=True), python("numpy", "2.0", direct=True))
    assert messages(compared(content, *packages)) == ["numpy 1.26 of uv.lock:7 is not in the SBOM"]
    content["metadata"]["lifecycles"] = [{"phase": "build"}]
    assert compared(content, *packages) == Comparison((), {})


def test_what_the_sbom_says_was_not_installed_is_not_missed() -> None:
    content = document(component("a"))
    content["metadata"]["properties"] = [{"name": "gates:not-installed", "value": "pkg:pypi/colorama@0.4.6"}, {"name": "x", "value": "y"}]
    elsewhere = python("colorama", "0.4.6", direct=True)._replace(conditional=True)
    assert compared(content, python("a", "1.0"), elsewhere) == Comparison((), {})
    certain = compared(content, python("a", "1.0"), python("colorama", "0.4.6", direct=True))
    assert [package.name for package in certain.direct] == ["colorama"]
    said = ["colorama 0.4.6 of uv.lock:7 is not in the SBOM"]
    assert messages(compared(content, python("a", "1.0"), python("colorama", "0.4.6"))) == said
    content["metadata"]["properties"][0]["value"] = "pkg:pypi/colorama@0.4.5"
    assert messages(compared(content, python("a", "1.0"), python("colorama", "0.4.6"))) == [
        "colorama 0.4.6 of uv.lock:7 is not in the SBOM"
    ]


def test_another_hash_than_the_locks_is_told() -> None:
    locked_ = python("a", "1.0")._replace(hashes=("sha256:" + "a" * 64,))
    for digit, found in (("a", 0), ("b", 1)):
        hashes = [{"alg": "SHA-256", "content": digit * 64}]
        file = [{"type": "distribution", "url": "a.whl", "hashes": hashes}]
        for content in (component("a", hashes=hashes), component("a", externalReferences=file)):
            assert len(messages(compared(document(content), locked_))) == found
    assert messages(compared(document(component("a", hashes=[{"alg": "MD5", "content": "c" * 32}])), locked_)) == []


def test_a_package_from_elsewhere_listed_twice_or_not_shipped_is_told() -> None:
    other = component("a", purl="pkg:pypi/a@1.0?repository_url=https://evil.example.invalid")
    assert "from the registry in the lock" in messages(compared(document(other), python("a", "1.0")))[0]
    twins = document(component("a"), component("a", **{"bom-ref": "x"}))
    assert messages(compared(twins, python("a", "1.0"))) == ["a 1.0 is listed more than once, under several references"]
    external = document(component("a", isExternal=True))
    assert messages(compared(external, python("a", "1.0"))) == ["a 1.0 of uv.lock:7 is not in the SBOM"]


def test_edges_that_the_locks_know_and_the_sbom_does_not_are_one_finding() -> None:
    packages = python("a", "1.0", direct=True)._replace(needs=(("b", "1.0"),)), python("b", "1.0")._replace(needs=())
    content = document(component("a"), component("b"))
    found = compared(content, *packages)
    assert messages(found) == ["edges differ: 1 of the locks are not in the SBOM (a -> b)"]
    content["dependencies"] = [{"ref": "root", "dependsOn": ["pkg:pypi/a@1.0"]}, {"ref": "pkg:pypi/a@1.0", "dependsOn": ["pkg:pypi/b@1.0"]}]
    assert messages(compared(content, *packages)) == []
    content["dependencies"].append({"ref": "pkg:pypi/b@1.0", "dependsOn": ["pkg:pypi/a@1.0"]})
    assert messages(compared(content, *packages)) == ["edges differ: 1 of the SBOM are in no lock (b -> a)"]


def test_the_project_itself_may_be_listed() -> None:
    assert messages(compared(document(component("a"), component("shop", "3")), python("a", "1.0"))) == []


def test_what_comes_from_a_folder_has_any_version() -> None:
    assert messages(compared(document(component("a", "3.1")), python("a", ""))) == []


def test_direct_dependencies_that_are_missing_are_told_apart() -> None:
    found = compared(document(component("a", "0.9")), python("a", "1.0", direct=True), python("b", "1.0", direct=True), python("c", "1.0"))
    assert [package.name for package in found.direct] == ["b"]


def test_other_ecosystems_are_not_compared() -> None:
    assert messages(compared(document(component("a"), component("openssl", purl="pkg:deb/debian/openssl@3.0")), python("a", "1.0"))) == []


def test_what_an_image_beside_the_project_holds_is_not_compared() -> None:
    image = component("shop-image", type="container", purl="pkg:oci/shop@sha256:" + "a" * 64, version=None, **{"bom-ref": "image"})
    layer = [{"name": "aquasecurity:trivy:LayerDiffID", "value": "sha256:" + "b" * 64}]
    inside = component("a", "0.9", properties=layer), component("pip", "26.0", properties=layer), component("shared")
    content = document(component("a"), image, *inside)
    a, in_image, pip, shared = (f"pkg:pypi/{each}" for each in ("a@1.0", "a@0.9", "pip@26.0", "shared@1.0"))
    content["dependencies"] = [
        *({"ref": "root", "dependsOn": [a, "image"]}, {"ref": a, "dependsOn": [shared]}),
        {"ref": "image", "dependsOn": [in_image, pip, shared]},
    ]
    assert messages(compared(content, python("a", "1.0"), python("shared", "1.0"))) == []
    assert messages(compared(content, python("a", "1.0"))) == ["shared 1.0 is in the SBOM, and in no lock file"]
    assert messages(compared(content, python("a", "1.0"), python("shared", "1.0"), python("pip", "26.0"))) == [
        "pip 26.0 of uv.lock:7 is not in the SBOM"
    ]


# in a repository


@pytest.fixture
def shop(make: Callable[..., Maker]) -> Maker:
    repository: Maker = make()
    repository.write("uv.lock", uv_lock(("a", "1.0"), ("b", "2.0"), dev=[("pytest", "9.0")]))
    repository.write("bom.json", written(document(component("a"), component("b", "2.0"))))
    return repository


def test_an_sbom_of_the_locks_passes(shop: Maker) -> None:
    events = look(shop.top, "bom.json")
    assert (findings(events), unread(events), skipped(events)) == ([], {}, {})


def test_a_dependency_under_a_false_marker_is_no_error(shop: Maker) -> None:
    lock = uv_lock(("a", "1.0"), ("b", "2.0")).replace('{ name = "b" }', '{ name = "b", marker = "sys_platform == \'win32\'" }')
    shop.write("uv.lock", lock)
    content = document(component("a"))
    del content["metadata"]["lifecycles"], content["metadata"]["tools"]
    shop.write("bom.json", written(content))
    events = look(shop.top, "bom.json")
    assert not unread(events)
    assert [(found.rule.id, str(found.severity)) for found in findings(events)] == [("sbom/stale", "medium")]


def test_an_sbom_of_another_project_is_stale(shop: Maker) -> None:
    shop.write("pyproject.toml", '[project]\nname = "shop"\nversion = "2"\ndependencies = ["a", "b"]\n')
    (found,) = findings(look(shop.top, "bom.json"))
    assert found.message == "it describes shop in version 1, and the manifest says 2"


def test_a_changed_lock_makes_the_sbom_stale(shop: Maker) -> None:
    shop.write("uv.lock", uv_lock(("a", "1.1"), ("b", "2.0")))
    (found,) = findings(look(shop.top, "bom.json"))
    assert (found.rule.id, found.subject) == ("sbom/stale", "pkg:pypi/a")
    assert found.message.startswith("a is 1.0 in the SBOM, and 1.1 in uv.lock:")


def test_groups_of_the_policy_are_released_too(shop: Maker) -> None:
    shop.write("bom.json", written(document(component("a"), component("b", "2.0"), component("pytest", "9.0"))))
    assert rules(look(shop.top, "bom.json")) == {"stale"}
    assert rules(look(shop.top, "bom.json", options=Options(groups=("dev",)))) == set()


def test_an_sbom_without_a_direct_dependency_is_an_error_and_no_finding(shop: Maker) -> None:
    shop.write("bom.json", written(document(component("a"))))
    events = look(shop.top, "bom.json")
    assert findings(events) == []
    line, message = unread(events)["bom.json"]
    assert line > 1
    assert "lacks direct dependencies of what is released: b" in message


def test_several_sboms_are_compared_together(shop: Maker) -> None:
    shop.write("package-lock.json", json.dumps(_npm_lock()))
    assert "left" in unread(look(shop.top, "bom.json"))["bom.json"][1]
    shop.write("ui.json", written(document(component("left", "1.0.0", purl="pkg:npm/left@1.0.0"))))
    events = look(shop.top, "bom.json", "ui.json")
    assert (findings(events), unread(events)) == ([], {})


def _npm_lock() -> Json:
    integrity = "sha512-" + base64.b64encode(bytes(64)).decode()
    left = {"version": "1.0.0", "resolved": "https://packages.example.invalid/left/-/left-1.0.0.tgz", "integrity": integrity}
    own = {"name": "ui", "version": "1.0.0", "dependencies": {"left": "1"}}
    return {"name": "ui", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {"": own, "node_modules/left": left}}


def test_a_lock_that_cannot_be_read_is_an_error_and_nothing_is_called_stale(shop: Maker) -> None:
    shop.write("poetry.lock", "broken = ")
    shop.write("bom.json", written(document(component("a"), component("b", "3.0"))))
    events = look(shop.top, "bom.json")
    assert list(unread(events)) == ["poetry.lock"]
    assert findings(events) == []


def test_without_a_lock_nothing_is_compared_and_that_is_said(shop: Maker) -> None:
    (shop.top / "uv.lock").unlink()
    assert skipped(look(shop.top, "bom.json")) == {"bom.json": "compared with no lock file: the repository has none"}


def test_outside_of_a_repository_nothing_is_compared_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_bytes(written(document(component("a"))))
    (tmp_path / "uv.lock").write_text(uv_lock(("b", "1")), "utf-8")
    events = look(tmp_path, "bom.json")
    assert skipped(events) == {"bom.json": "compared with no lock file: it lies outside of a repository"}
    assert findings(events) == []


def test_the_sbom_of_an_image_is_not_compared(shop: Maker) -> None:
    content = document(component("z"))
    content["metadata"]["component"] |= {"type": "container", "purl": "pkg:oci/shop@sha256:" + "a" * 64}
    shop.write("image.json", written(content))
    events = look(shop.top, "image.json")
    assert skipped(events) == {"image.json": "compared with no lock file: it describes an image"}
    assert (findings(events), unread(events)) == ([], {})
