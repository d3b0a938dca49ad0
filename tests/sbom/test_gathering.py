"""Which packages belong to a release, each once, and who needs whom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.errors import GateUnavailable, UsageError
from gates.inventory.package import Artifact, Inventory
from gates.inventory.python.installed import Installed
from gates.inventory.python.manifest import Wanted
from gates.sbom import choosing, installed
from gates.sbom.artifacts import held
from gates.sbom.choosing import Groups
from gates.sbom.component import Bom, Digest
from tests.sbom.support import environment, gather, lock, package

A, B = "a" * 64, "b" * 64


def refs(bom: Bom) -> list[str]:
    return sorted(bom.components)


def wanted(name: str, group: str = "", *, conditional: bool = False) -> Wanted:
    return Wanted("project", group, name, "", (), conditional, 1)


def test_production_alone_is_listed_and_a_group_on_request() -> None:
    packages = [package("a", "b"), package("b"), package("t", "b", groups=("dev",))]
    inventory = lock(packages, production=["a"], dev=["t"])
    assert refs(gather(inventory).bom) == ["pkg:pypi/a@1.0", "pkg:pypi/b@1.0"]
    bom = gather(inventory, groups=Groups(frozenset({"dev"}))).bom
    assert bom.edges["pkg:pypi/app@1"] == ("pkg:pypi/a@1.0", "pkg:pypi/t@1.0")
    assert bom.components["pkg:pypi/t@1.0"].groups == ("dev",)
    assert refs(gather(inventory, groups=Groups(all=True)).bom) == refs(bom)


def test_an_unknown_group_is_refused() -> None:
    inventory = lock([package("a", groups=("docs",))], production=[])
    with pytest.raises(UsageError, match="no lock and no manifest has a group 'doc'; did you mean 'docs'"):
        choosing.groups(["doc"], False, [inventory], {})
    assert choosing.groups(["Docs"], False, [inventory], {}).has("docs")


def test_what_npm_installs_for_everybody_belongs_to_production() -> None:
    packages = [package("a", ecosystem="npm", groups=("optional",)), package("b", ecosystem="npm", groups=("dev",))]
    assert refs(gather(lock(packages, "package-lock.json", optional=["a"], dev=["b"])).bom) == ["pkg:npm/a@1.0"]


def test_requirements_are_narrowed_by_the_manifest_beside_them() -> None:
    packages = [
        package(name, *needs, path="requirements/dev.txt", direct=name != "c") for name, needs in (("a", ["c"]), ("c", []), ("t", []))
    ]
    inventory = lock(packages, "requirements", production=["a", "t"])
    told = {"": (wanted("a"), wanted("t", "dev"))}
    assert refs(gather(inventory, asked=told).bom) == ["pkg:pypi/a@1.0", "pkg:pypi/c@1.0"]
    assert refs(gather(inventory, asked=told, groups=Groups(frozenset({"dev"}))).bom)[-1] == "pkg:pypi/t@1.0"
    with pytest.raises(GateUnavailable, match="nothing that the project depends on was found"):
        gather(inventory)  # its name says that it is for development


def test_a_package_of_two_locks_is_one_component() -> None:
    one = lock([package("a", "b"), package("b", hashes=(f"sha256:{A}",))], production=["a"])
    two = lock([package("b", path="sub/uv.lock", hashes=(f"sha256:{A}",), groups=("dev",))], production=[], dev=["b"])
    gathered = gather(one, two, groups=Groups(all=True))
    assert refs(gathered.bom) == ["pkg:pypi/a@1.0", "pkg:pypi/b@1.0"]
    both = gathered.bom.components["pkg:pypi/b@1.0"]
    assert (both.groups, both.digests) == ((), (Digest("SHA-256", A),))
    assert both.properties == (("gates:lock", "sub/uv.lock"), ("gates:lock", "uv.lock"))
    assert gathered.locks["pkg:pypi/b@1.0"] == ("sub/uv.lock", "uv.lock")


def test_versions_ecosystems_and_sources_stay_apart() -> None:
    packages = [
        package("a", hashes=(f"sha256:{A}",)),
        package("a", version="2.0"),
        package("a", source="git+https://git.example.org/a@abc"),
        package("a", source="./a"),
    ]
    bom = gather(
        lock(packages, production=["a", "a@2.0"]), lock([package("a", ecosystem="npm", path="package-lock.json")], production=["a"])
    ).bom
    assert refs(bom) == [
        "pkg:npm/a@1.0",
        "pkg:pypi/a@1.0",
        "pkg:pypi/a@1.0#./a",
        "pkg:pypi/a@1.0?vcs_url=git%2Bhttps://git.example.org/a%40abc",
        "pkg:pypi/a@2.0",
    ]
    assert set(bom.edges["pkg:pypi/app@1"]) == set(refs(bom))


def test_circles_end_and_what_nothing_leads_to_hangs_on_the_root() -> None:
    packages = [package("a", "b"), package("b", "a"), package("c", "d"), package("d", "c"), package("e")]
    bom = gather(lock(packages, production=["a"])).bom
    assert bom.edges["pkg:pypi/app@1"] == ("pkg:pypi/a@1.0", "pkg:pypi/e@1.0", "pkg:pypi/c@1.0")
    assert bom.aggregate == "unknown"


def test_a_package_that_needs_the_project_itself_has_an_edge_to_the_root() -> None:
    bom = gather(lock([package("plugin", "app@1"), package("app", "plugin", version="1")], production=["plugin"])).bom
    assert refs(bom) == ["pkg:pypi/plugin@1.0"]
    assert bom.edges["pkg:pypi/plugin@1.0"] == ("pkg:pypi/app@1",)


def test_nothing_is_no_list() -> None:
    with pytest.raises(GateUnavailable, match="nothing that the project depends on was found"):
        gather(lock([]))


@pytest.mark.parametrize(
    ("more", "aggregate"),
    [({}, "complete"), ({"hashes": ()}, "incomplete"), ({"needs": None}, "unknown")],
)
def test_completeness_is_said_only_where_it_is(more: dict[str, Any], aggregate: str) -> None:
    assert gather(lock([package("a", **more)], production=["a"])).bom.aggregate == aggregate


@given(
    st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4)), min_size=1, max_size=10),
    st.lists(st.integers(0, 9), max_size=3),
)
def test_every_component_is_reached_and_every_edge_leads_somewhere(graph: list[tuple[int, list[int]]], direct: list[int]) -> None:
    packages = [package(f"p{name}", *(f"p{need}" for need in needs)) for name, needs in dict(graph).items()]
    bom = gather(lock(packages, production=[f"p{name}" for name in direct])).bom
    seen, queue = set(), [bom.root.ref]
    for ref in queue:
        for target in bom.edges[ref]:
            assert target in bom.components
            if target not in seen:
                seen.add(target)
                queue.append(target)
    assert seen == set(bom.components)


# digests

WHEEL, SDIST = Artifact("a-1.0-py3-none-any.whl", f"sha256:{A}"), Artifact("a-1.0.tar.gz", f"sha256:{B}")
LINUX, MAC = (
    Artifact("a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", f"sha256:{A}"),
    Artifact("a-1.0-cp312-cp312-macosx_11_0_arm64.whl", f"sha256:{B}"),
)


def test_a_wheel_for_every_platform_is_the_one_that_is_installed() -> None:
    assert held((SDIST, WHEEL), (SDIST.hash, WHEEL.hash), None)[:2] == ((Digest("SHA-256", A),), WHEEL.name)


def test_of_several_wheels_none_is_picked_without_an_environment() -> None:
    found = held((LINUX, MAC), (LINUX.hash, MAC.hash), None)
    assert (found.digests, [each.name for each in found.distributions]) == ((), sorted((LINUX.name, MAC.name)))


def test_the_tags_tell_which_wheel_was_installed() -> None:
    here = Installed("a", "1.0", "a-1.0.dist-info", tags=("cp312-cp312-manylinux_2_17_x86_64",))
    assert held((LINUX, MAC, SDIST), (), here)[:2] == ((Digest("SHA-256", A),), LINUX.name)


def test_digests_without_names_are_all_files_together() -> None:
    found = held((), (f"sha256:{A}", f"sha256:{B}"), None)
    assert (found.digests, [each.name for each in found.distributions]) == ((), [""])
    assert held((), (f"sha256:{A}",), None).digests == (Digest("SHA-256", A),)


def test_what_cyclonedx_has_no_name_for_is_no_digest() -> None:
    assert held((), ("sha224:" + "a" * 56,), None).digests == ()
    assert held((), ("sha256:short",), None).digests == ()


# environments


def test_the_environment_decides_what_is_listed() -> None:
    packages = [package("a", "b", "win"), package("b", files=(LINUX, MAC), hashes=(LINUX.hash, MAC.hash)), package("win")]
    chosen = [choosing.choose(lock(packages, production=["a"]), Groups(), {})]
    details = {
        "a": Installed("a", "1.0", "a-1.0.dist-info", expression="MIT", authors=("Ann",)),
        "b": Installed("b", "1.0", "b-1.0.dist-info", maintainers=("Ben",), tags=("cp312-cp312-macosx_11_0_arm64",)),
        "pip": Installed("pip", "25.0", "pip-25.0.dist-info"),
    }
    found = environment(details)
    confirmed = installed.confirm(chosen, found, {"a"})
    assert ([str(purl) for purl in confirmed.absent], confirmed.notes) == (
        ["pkg:pypi/win@1.0"],
        ("in a lock and not installed: win", "installed, and in no lock, so listed as incomplete: pip"),
    )
    from gates.sbom.gathering import gather as gathered
    from gates.sbom.node_modules import Described
    from tests.sbom.support import ROOT

    bom = gathered(ROOT, confirmed.chosen, found, lambda package: Described()).bom
    assert (refs(bom), bom.lifecycle) == (["pkg:pypi/a@1.0", "pkg:pypi/b@1.0", "pkg:pypi/pip@25.0"], "build")
    one, other, beside = bom.components.values()
    assert (beside.properties, bom.edges["pkg:pypi/app@1"]) == ((("gates:unlocked", "true"),), ("pkg:pypi/a@1.0", "pkg:pypi/pip@25.0"))
    assert (one.licences[0].expression, one.supplier, one.supplier_from) == ("MIT", "Ann", "Author")
    assert (other.digests, other.artifact, other.supplier_from) == ((Digest("SHA-256", B),), MAC.name, "Maintainer")


def test_an_environment_of_other_versions_is_refused() -> None:
    chosen = [choosing.choose(lock([package("a")], production=["a"]), Groups(), {})]
    with pytest.raises(GateUnavailable, match=r"not the one that the lock describes: a 2\.0 \(the lock has 1\.0\)"):
        installed.confirm(chosen, environment({"a": Installed("a", "2.0", "x")}), ())


def test_a_direct_dependency_that_is_not_installed_is_refused() -> None:
    chosen = [choosing.choose(lock([package("a")], production=["a"]), Groups(), {})]
    with pytest.raises(GateUnavailable, match="a: asked for by the project and not installed"):
        installed.confirm(chosen, environment({"b": Installed("b", "1.0", "x")}), {"a"})


def test_what_is_missing_there_or_in_the_locks_is_said() -> None:
    chosen = [choosing.choose(lock([package("a", needs=None), package("b")], production=["a", "b"]), Groups(), {})]
    details = {
        "a": Installed("a", "1.0", "x", needs=("more",), missing=("b",)),
        "more": Installed("more", "1.0", "x"),
    }
    confirmed = installed.confirm(chosen, environment(details), ())
    assert not confirmed.whole
    assert confirmed.notes[1:] == (
        "needed by what is installed, and missing in the environment: b",
        "installed, and in no lock, so listed as incomplete: more",
    )


def test_what_a_package_needs_on_every_platform_must_be_installed() -> None:
    details = {"a": Installed("a", "1.0", "x", missing=("b",), always=("b",))}
    chosen = [choosing.choose(lock([package("a", "b"), package("b")], production=["a"]), Groups(), {})]
    with pytest.raises(GateUnavailable, match=r"b \(of a\): needed by what is installed, and not installed"):
        installed.confirm(chosen, environment(details), ())
    overridden = [choosing.choose(lock([package("a")], production=["a"]), Groups(), {})]
    assert not installed.confirm(overridden, environment(details), ()).whole


def test_what_is_for_other_groups_is_listed_where_something_unlocked_needs_it() -> None:
    packages = [package("a"), package("t", groups=("dev",)), package("u", groups=("dev",))]
    chosen = [choosing.choose(lock(packages, production=["a"], dev=["t", "u"]), Groups(), {})]
    details = {name: Installed(name, "1.0", "x") for name in ("a", "t", "u")}
    details["x"] = Installed("x", "1.0", "x", needs=("a", "t"))
    found = environment(details)
    confirmed = installed.confirm(chosen, found, ())
    assert [each.name for some in confirmed.chosen for each in some.packages] == ["a", "x", "t"]
    assert confirmed.notes == (
        "installed, and in no lock, so listed as incomplete: x",
        "installed, and left out, for the locks have it for other groups alone: u",
    )


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("file:///srv/src/a", "file:a"),
        ("git+file:///home/me/a@c0ffee", "git+file:a@c0ffee"),
        ("https://files.example.org/a.whl", "https://files.example.org/a.whl"),
    ],
)
def test_what_came_from_elsewhere_has_no_digest_of_the_registry(written: str, source: str) -> None:
    chosen = [choosing.choose(lock([package("a", files=(LINUX,))], production=["a"]), Groups(), {})]
    found = environment({"a": Installed("a", "1.0", "x", address=written)})
    (beside,) = found.inventory.packages
    found = found._replace(inventory=found.inventory._replace(packages=(beside._replace(source=written),)))
    confirmed = installed.confirm(chosen, found, ())
    (one,) = confirmed.chosen[0].packages
    assert (one.source, one.hashes, one.files, confirmed.whole) == (source, (), (), False)


def test_an_environment_alone_lists_what_the_manifest_needs() -> None:
    details = {
        "a": Installed("a", "1.0", "x", needs=("b",)),
        "b": Installed("b", "1.0", "x"),
        "pip": Installed("pip", "25.0", "x"),
        "app": Installed("app", "1", "x", needs=("a",)),
    }
    found = environment(details)
    told = {"": (wanted("a"), wanted("w", conditional=True))}
    bom = gather(installed.as_lock(found, "app", "", told), asked=told, installed=found).bom
    assert (refs(bom), bom.edges["pkg:pypi/app@1"]) == (["pkg:pypi/a@1.0", "pkg:pypi/b@1.0"], ("pkg:pypi/a@1.0",))
    bom = gather(installed.as_lock(found, "app", "", {}), installed=found).bom
    assert (refs(bom)[-1], bom.aggregate) == ("pkg:pypi/pip@25.0", "unknown")


def test_what_the_manifest_asks_for_on_every_platform_is_due() -> None:
    told = {"": (wanted("a"), wanted("t", "dev"), wanted("w", conditional=True))}
    assert choosing.due(told, Groups()) == {"a"}
    assert choosing.due(told, Groups(all=True)) == {"a", "t"}


def test_an_empty_inventory_does_no_harm() -> None:
    assert refs(gather(lock([package("a")], production=["a"]), Inventory("package-lock.json", "package-lock.json", ())).bom) == [
        "pkg:pypi/a@1.0"
    ]
