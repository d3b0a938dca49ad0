"""A profile is read as Docker reads it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.seccomp import judging, reading
from gates.container.seccomp.profile import Condition, Filter
from gates.core.documents import DocumentError, read_json
from tests.container.seccomp.profiles import Json, docker, documents, judged, read

ALLOW = "SCMP_ACT_ALLOW"


def subjects(entry: Json, **more: object) -> set[str]:
    document = docker(**more)
    document["syscalls"].append(entry)
    return {
        defect.subject for defect in judged(document) if defect.rule.id in ("container/seccomp-invalid", "container/seccomp-architectures")
    }


def test_an_entry_has_its_parts_and_its_place() -> None:
    text = b"""{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": null}],
  "syscalls": [
    {"names": ["clone", "read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 3,
     "args": [{"index": 1, "value": 8, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}],
     "includes": {"caps": ["CAP_BPF"], "minKernel": "5.10"}, "excludes": {"arches": ["s390x"]}}]}"""
    profile = reading.read(text, "p.json")
    (entry,) = profile.entries
    assert profile.architectures == ("X86_64",)
    assert profile.mapped
    assert entry.conditions == (Condition(1, "MASKED_EQ", 8, 4),)
    assert entry.includes == Filter(("CAP_BPF",), (), (5, 10))
    assert entry.excludes == Filter((), ("s390x",))
    assert (entry.location.path, entry.location.line) == ("p.json", 3)
    assert not profile.flaws


def test_keys_may_be_in_other_letters_as_they_may_for_docker() -> None:
    profile = read({"DefaultAction": ALLOW, "SYSCALLS": [{"Names": ["read"], "Action": ALLOW}]})
    assert profile.default == ALLOW
    assert profile.entries[0].names[0].text == "read"


def test_the_older_form_with_one_name_is_read() -> None:
    assert read({"defaultAction": ALLOW, "syscalls": [{"name": "read", "action": ALLOW, "args": []}]}).entries[0].names[0].text == "read"


def test_a_profile_in_a_runtimes_configuration_is_found() -> None:
    document = {"ociVersion": "1.2.0", "linux": {"seccomp": {"defaultAction": ALLOW}}}
    assert read(document).default == ALLOW
    assert read(document).nested
    assert reading.looks_like(read_json(json.dumps(document).encode(), "config.json"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (docker(), True),
        ({"defaultAction": 1, "syscalls": None}, True),
        ({"linux": {"seccomp": None}}, False),
        ({"defaultAction": ALLOW}, False),
        ({"syscalls": []}, False),
        ([], False),
        ("defaultAction syscalls", False),
    ],
)
def test_what_looks_like_a_profile(document: object, expected: bool) -> None:
    assert reading.looks_like(read_json(json.dumps(document).encode(), "p.json")) is expected


@pytest.mark.parametrize(
    ("entry", "subject"),
    [
        ({"names": ["raed"], "action": ALLOW}, "system call raed"),
        ({"names": ["uname"], "action": "SCMP_ACT_ALOW"}, "uname: action"),
        ({"names": ["uname"], "action": 7}, "uname: action"),
        ({"names": ["uname"]}, "uname: action"),
        ({"name": "uname", "names": ["read"], "action": ALLOW}, "name uname"),
        ({"names": [], "action": ALLOW}, "entry 52"),
        ({"names": "uname", "action": ALLOW}, "entry 52: names"),
        ({"names": ["uname"], "action": ALLOW, "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}, "uname: index"),
        ({"names": ["uname"], "action": ALLOW, "args": [{"index": 0, "value": 1, "op": "EQ"}]}, "uname: op"),
        ({"names": ["uname"], "action": ALLOW, "args": [{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}]}, "uname: value"),
        ({"names": ["uname"], "action": ALLOW, "args": [{"index": 0, "value": 2**64, "op": "SCMP_CMP_EQ"}]}, "uname: value"),
        ({"names": ["uname"], "action": ALLOW, "arg": []}, "uname: arg"),
        ({"names": ["uname"], "action": ALLOW, "include": {}}, "uname: include"),
        ({"names": ["uname"], "action": ALLOW, "includes": {"cap": ["CAP_BPF"]}}, "uname: includes: cap"),
        ({"names": ["uname"], "action": ALLOW, "includes": {"caps": ["BPF"]}}, "uname: includes: BPF"),
        ({"names": ["uname"], "action": ALLOW, "excludes": {"arches": ["x86_64"]}}, "uname: excludes: x86_64"),
        ({"names": ["uname"], "action": ALLOW, "includes": {"minKernel": "4"}}, "uname: minKernel"),
        ([], "entry 52"),
    ],
)
def test_what_the_runtime_refuses_or_passes_over_is_told(entry: Json, subject: str) -> None:
    assert subject in {name.replace(f"entry {len(docker()['syscalls']) + 1}", "entry 52") for name in subjects(entry)}


def test_notes_are_nobodys_mistake() -> None:
    entry = {"names": ["uname"], "action": ALLOW, "comment": "x", "comments": "y", "_note": 1, "//": "z"}
    assert not subjects(entry, **{"$schema": "x", "description": "y"})


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({"architectures": ["SCMP_ARCH_X86_64"]}, "architectures"),
        ({"archMap": [{"architecture": "SCMP_ARCH_AMD64"}]}, "architecture SCMP_ARCH_AMD64"),
        ({"archMap": [{"architecture": "X86_64"}]}, "architecture X86_64"),
        ({"flags": ["SECCOMP_FILTER_FLAG_LOGS"]}, "flag SECCOMP_FILTER_FLAG_LOGS"),
        ({"defaultAction": "ERRNO"}, "defaultAction"),
        ({"defaultErrnoRet": "EPERM"}, "defaultErrnoRet"),
    ],
)
def test_so_is_what_is_wrong_at_the_top(more: Json, subject: str) -> None:
    assert subject in subjects({"names": ["uname"], "action": ALLOW}, **more)


@pytest.mark.parametrize("data", [b"", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b"{" + b" " * (2 << 20) + b"}"])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        reading.read(data, "p.json")


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["SCMP_ACT_ALLOW", "clone", "mount"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["names", "name", "args", "action", "includes", "caps", "index", "op", "syscalls"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(documents, _anything, st.sampled_from(["defaultAction", "syscalls", "archMap", "architectures", "flags", "defaultErrnoRet"]))
def test_no_document_is_too_odd_to_be_judged(document: Json, odd: object, key: str) -> None:
    profile = read({**document, key: odd})
    found = list(judging.judge(profile, "p.json"))
    assert len({(defect.rule.id, defect.subject) for defect in found}) == len(found)
    assert all(defect.location.line for defect in found)
