"""Problems are found where the schema's publisher finds them, each with its line, and never more than memory holds."""

from __future__ import annotations

import copy
import importlib.resources
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from gates.core.errors import GateUnavailable
from gates.sbom import validation
from gates.sbom.reading import VERSIONS
from gates.sbom.validation import problems
from tests.sbom.documents import Json, component, document, loaded, written

SCHEMAS = Path(validation.__file__).parent / "schemas"

Change = Callable[[Json], object]


def test_the_bundled_schemas_are_the_publishers() -> None:
    published = importlib.resources.files("cyclonedx.schema") / "_res"
    names = sorted(path.name for path in SCHEMAS.glob("*.json"))
    assert len(names) == 9
    for name in names:
        ours, theirs = json.loads((SCHEMAS / name).read_bytes()), json.loads((published / name).read_bytes())
        assert ours == theirs, f"take {name} from the newest cyclonedx-python-lib, and write its version into NOTICE"


def changes() -> dict[str, Change]:
    """What a person or a tool does to a document, by name; some of it is allowed."""
    return {
        "nothing": lambda bom: None,
        "no version of the document": lambda bom: bom.pop("version"),
        "version 0": lambda bom: bom.update(version=0),
        "unknown key": lambda bom: bom.update(extra=1),
        "serial number": lambda bom: bom.update(serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"),
        "wrong serial number": lambda bom: bom.update(serialNumber="3e671687"),
        "no name": lambda bom: bom["components"][1].pop("name"),
        "no type": lambda bom: bom["components"][1].pop("type"),
        "wrong type": lambda bom: bom["components"][1].update(type="lib"),
        "number as version": lambda bom: bom["components"][1].update(version=1),
        "unknown key of a component": lambda bom: bom["components"][1].update(colour="red", size=3),
        "wrong licence": lambda bom: bom["components"][1].update(licenses=[{"license": {"id": "Apache2"}}]),
        "licence of another case": lambda bom: bom["components"][1].update(licenses=[{"license": {"id": "mit"}}]),
        "id and name": lambda bom: bom["components"][1].update(licenses=[{"license": {"id": "MIT", "name": "MIT"}}]),
        "expression": lambda bom: bom["components"][1].update(licenses=[{"expression": "MIT OR ISC"}]),
        "expression and licence": lambda bom: bom["components"][1].update(licenses=[{"expression": "MIT"}, {"license": {"id": "MIT"}}]),
        "short hash": lambda bom: bom["components"][1].update(hashes=[{"alg": "SHA-256", "content": "abc"}]),
        "hash": lambda bom: bom["components"][1].update(hashes=[{"alg": "SHA-256", "content": "0" * 64}]),
        "unknown hash": lambda bom: bom["components"][1].update(hashes=[{"alg": "CRC", "content": "0" * 64}]),
        "twice the same component": lambda bom: bom["components"].append(copy.deepcopy(bom["components"][0])),
        "twice the same dependency": lambda bom: bom["dependencies"].append({"ref": "root", "dependsOn": ["a", "a"]}),
        "dependency without ref": lambda bom: bom["dependencies"].append({"dependsOn": []}),
        "timestamp": lambda bom: bom["metadata"].update(timestamp="yesterday"),
        "address": lambda bom: bom["components"][1].update(externalReferences=[{"type": "vcs", "url": "http://a b"}]),
        "empty bom-ref": lambda bom: bom["components"][1].update({"bom-ref": ""}),
        "components no list": lambda bom: bom.update(components={}),
        "deep": lambda bom: bom["components"][1].update(components=[component("b", components=[{"type": "library"}])]),
    }


@pytest.mark.parametrize("name", changes())
@pytest.mark.parametrize("version", ["1.4", "1.6", "1.7"])
def test_the_publishers_validator_is_of_the_same_opinion(version: str, name: str) -> None:
    bom = document(component("first"), component("second"), specVersion=version)
    if version == "1.4":
        bom["metadata"] = {"component": bom["metadata"]["component"]}
    changes()[name](bom)
    theirs = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(written(bom).decode())
    if name in ("timestamp", "address") and theirs is None:
        pytest.skip("it was installed without its checks of formats")
    ours = problems(loaded(bom))
    assert bool(ours) == (theirs is not None), (ours, theirs)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_its_schema(version: str) -> None:
    bom = document(
        component("a", supplier=None), specVersion=version, metadata={"component": {"type": "library", "name": "x", "version": "1"}}
    )
    bom["components"].append(component("b", supplier=None, colour="red"))
    (found,) = problems(loaded(bom))
    assert (found.where, found.message) == ("components[1]", f"CycloneDX {version} knows no 'colour' here")


def test_a_problem_stands_in_its_line() -> None:
    bom = document(component("a"), component("b", licenses=[{"license": {"id": "Apache2"}}]))
    data = written(bom)
    (found,) = problems(loaded(bom))
    assert data.decode().splitlines()[found.line - 1].strip() == '"id": "Apache2"'
    assert found.where == "components[1].licenses[0].license.id"
    assert found.message == "'Apache2' is no SPDX licence identifier; did you mean 'Apache-2.0'?"


def test_an_unknown_key_is_pointed_at_and_a_missing_one_at_where_it_should_be() -> None:
    bom = document(component("a"), component("b", colour="red"), {"type": "library"})
    lines = written(bom).decode().splitlines()
    unknown, missing = problems(loaded(bom))
    assert '"colour"' in lines[unknown.line - 1]
    assert missing.message == "'name' is missing"
    assert missing.where == "components[2]"


def test_of_many_components_the_right_one_is_named() -> None:
    bom = document(*(component(f"c{number}") for number in range(3000)))
    bom["components"][2345]["type"] = "lib"
    (found,) = problems(loaded(bom))
    assert found.where == "components[2345].type"


def test_what_a_large_component_is_made_of_is_judged_by_itself() -> None:
    inside = [component(f"c{number}") for number in range(2000)]
    inside[1234]["type"] = "lib"
    bom = document(component("small"), component("large", components=inside))
    (found,) = problems(loaded(bom))
    assert found.where == "components[1].components[1234].type"


def test_a_component_that_is_too_large_is_wrong_as_a_whole() -> None:
    bom = document(component("a"), component("b", licenses=[{"license": {"id": "no"}}] * 8000))
    (found,) = problems(loaded(bom))
    assert found.where == "components[1]"
    assert "too large to tell where" in found.message


def test_looking_ends_where_nobody_would_read_on() -> None:
    bom = document(*(component(f"c{number}", colour="red") for number in range(3000)))
    assert 50 < len(problems(loaded(bom), most=50)) < 2000


def test_a_component_that_stands_twice_is_a_problem_of_the_list() -> None:
    bom = document(*(component(f"c{number}") for number in range(1500)))
    bom["components"].append(bom["components"][0])
    (found,) = problems(loaded(bom))
    assert (found.where, found.message) == ("components", "an entry stands here twice")


def test_without_the_validator_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    with pytest.raises(GateUnavailable, match=r"pip install 'gates\[sbom\]'"):
        problems(loaded(document(component("a"))))
