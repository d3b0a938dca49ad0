from __future__ import annotations

from gates.inventory.node.graph import MAX_CHAIN, Entry, packages


def entry(name: str, version: str = "1.0.0", line: int = 1, *needs: str, **more: object) -> Entry:
    return Entry(name, version, line, needs=needs)._replace(**more)  # type: ignore[arg-type]


def project(*needs: str, optional: tuple[str, ...] = (), dev: tuple[str, ...] = ()) -> Entry:
    return Entry("", "", 0, (), "", needs, optional, (("dev", dev),), ours=True)


def test_the_shortest_chain_starts_at_a_direct_dependency() -> None:
    entries = {"": project("a", "b"), "a": entry("a", "1.0.0", 1, "c"), "b": entry("b", "1.0.0", 2, "d"), "c": entry("c", "1.0.0", 3, "d")}
    entries["d"] = entry("d", "1.0.0", 4, "a")  # a circle ends
    found = {package.name: package for package in packages("x", entries, [""])}
    assert found["d"].chain == ("b", "d")
    assert found["a"].chain == ("a",)
    assert [found[name].direct for name in "abcd"] == [True, True, False, False]


def test_groups_are_those_that_alone_need_a_package() -> None:
    entries = {
        "": project("run", optional=("maybe",), dev=("test", "run")),
        "run": entry("run", "1.0.0", 1, "shared", optional=("extra",)),
        "maybe": entry("maybe", "1.0.0", 2, "both"),
        "test": entry("test", "1.0.0", 3, "shared", "both", "tool", optional=("native",)),
        **{name: entry(name, "1.0.0", 4) for name in ("shared", "extra", "both", "tool", "native", "stray")},
    }
    found = {package.name: package.groups for package in packages("x", entries, [""])}
    assert found == {
        "run": (),
        "shared": (),
        "stray": (),
        "extra": ("dev", "optional"),
        "maybe": ("optional",),
        "both": ("dev", "optional"),
        "test": ("dev",),
        "tool": ("dev",),
        "native": ("dev",),
    }


def test_what_nothing_leads_to_is_not_called_indirect() -> None:
    (stray,) = packages("x", {"": project(), "stray": entry("stray")}, [""])
    assert (stray.direct, stray.chain, stray.groups) == (None, (), ())


def test_a_flag_is_not_believed_where_production_needs_the_package() -> None:
    entries = {
        "": project("a"),
        "a": entry("a", "1.0.0", 1, "b", flagged=()),
        "b": entry("b", flagged=("dev",)),
        "c": entry("c", flagged=("dev",)),
    }
    found = {package.name: package.groups for package in packages("x", entries, [""])}
    assert found == {"a": (), "b": (), "c": ("dev",)}


def test_entries_of_one_version_are_told_as_one() -> None:
    entries = {
        "": project("a", dev=("test",)),
        "far": entry("ms", "2.0.0", 10, hashes=("sha1:00",)),
        "near": entry("ms", "2.0.0", 20, hashes=("sha1:00", "sha512:11")),
        "a": entry("a", "1.0.0", 30, "b"),
        "b": entry("b", "1.0.0", 40, "far"),
        "test": entry("test", "1.0.0", 50, "near"),
    }
    (found,) = (package for package in packages("x", entries, [""]) if package.name == "ms")
    assert found.line == 20
    assert found.chain == ("test", "ms")
    assert found.groups == ()
    assert found.hashes == ("sha1:00", "sha512:11")


def test_another_source_is_another_package() -> None:
    entries = {"1": entry("ms"), "2": entry("ms", source="git+ssh://host.invalid/ms")}
    assert [package.source for package in packages("x", entries, [])] == ["", "git+ssh://host.invalid/ms"]


def test_an_endless_chain_fills_no_memory() -> None:
    entries = {"": project("0")} | {str(number): entry(f"p{number}", "1.0.0", number, str(number + 1)) for number in range(20_000)}
    entries["20000"] = entry("last")
    found = packages("x", entries, [""])
    assert max(len(package.chain) for package in found) == MAX_CHAIN
    assert found[-1].direct is False
