"""The exceptions about advisories as VEX, for those who read an SBOM: https://openvex.dev and CycloneDX 1.6 (`vulnerabilities`).

An entry without `vex` is a risk that was accepted: affected, exploitable. `not_affected` is said only where the entry says so and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any, NamedTuple

from gates.core.purl import Purl, in_range, same_package
from gates.core.waivers import Vex, Waiver, Waivers
from gates.core.waivers_export import Exported, Item, Left, escaped, select

FORMS = ("openvex", "cyclonedx-vex")

# CycloneDX's justifications, which the waiver file has, in OpenVEX's words. The others have none: there the reason stands instead.
_JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}
_STATUS = {"not_affected": "not_affected", "exploitable": "affected", "in_triage": "under_investigation"}

# From the most careful one on.
_CAREFUL = ("exploitable", "in_triage", "not_affected", "false_positive")
_IMAGES = ("docker", "oci")  # types of package URLs

Object = dict[str, Any]


def export(waivers: Waivers, today: date, to: str, *, version: str, product: Purl | None = None, author: str = "") -> Exported:
    """The same waivers on the same day give the same bytes. `to` is one of `FORMS`.

    `version` is that of gates. `product` is what ships the packages, where the statements are about that. Without an `author` all
    owners together are that of the OpenVEX document.
    """

    def obstacle(waiver: Waiver) -> str:
        return _elsewhere(waiver, product) or (_not_for_openvex if to == "openvex" else _not_for_cyclonedx)(waiver)

    selected, left = select(waivers, today, obstacle)
    items, overruled = _careful(selected, stated(waivers, today)[0])
    left = tuple(dict.fromkeys((*left, *overruled)))
    document = _openvex(items, today, version, product, author) if to == "openvex" else _cyclonedx(items, today, version, product)
    return Exported(dumps(document, indent=2, ensure_ascii=False) + "\n", len(items), left)


def _elsewhere(waiver: Waiver, product: Purl | None) -> str:
    """Why an entry would be said of more than it is about."""
    if waiver.paths:
        return "it holds for some files alone, and a package in them cannot be told from the same one in others"
    if waiver.gate == "image" and (product is None or product.type not in _IMAGES):
        return "it is about images, and what ships the packages is none"
    return ""


def rank(state: str) -> int:
    """The lowest is the most careful, whose word stands where entries differ."""
    return _CAREFUL.index(state)


def _careful(items: Sequence[Item], all_of_them: Sequence[Item]) -> tuple[list[Item], tuple[Left, ...]]:
    """Without those that say less than another one of a version that both are about, be that one in the document or not. What would be
    left of them has no name: "all versions but this one" is for their author to write.
    """
    near: dict[tuple[object, ...], list[Item]] = {}
    for item in all_of_them:
        near.setdefault(_about(item), []).append(item)
    kept: list[Item] = []
    left: dict[Left, None] = {}
    for item in items:
        others = near[_about(item)]
        stronger = [each for each in others if rank(_state(each)) < rank(_state(item)) and _overlap(each.waiver, item.waiver)]
        if stronger:
            first = min(stronger, key=lambda each: (rank(_state(each)), each.waiver.id))
            why = f"it says {_state(item)} of {item.advisory}, and {first.waiver.id} says {_state(first)} of a version that both are about"
            left[Left(item.waiver.id, why)] = None
        else:
            kept.append(item)
    return kept, tuple(left)


def _about(item: Item) -> tuple[object, ...]:
    """Packages of an image are others than those of a lock."""
    return item.waiver.gate, item.advisory, *(item.waiver.purl or ())[:3]


def _state(item: Item) -> str:
    return (item.waiver.vex or Vex("exploitable")).state


def _overlap(one: Waiver, other: Waiver) -> bool:
    """Of two entries about one package; of two ranges it is taken to be so."""
    for here, there in ((one, other), (other, one)):
        if here.purl is not None and there.purl is not None and (version := here.purl.version):
            return same_package(there.purl, here.purl) and (there.versions is None or in_range(there.versions, version))
    return True


def _not_stated(waiver: Waiver) -> str:
    if waiver.purl is None:
        return "it names no package"
    if waiver.vex is None and waiver.kind != "risk":
        return f"a {waiver.kind} is no accepted risk; say under vex what holds"
    return ""


def _not_for_openvex(waiver: Waiver) -> str:
    if why := _not_stated(waiver):
        return why
    if waiver.versions:
        return "a range of versions has no counterpart"
    false_positive = waiver.vex is not None and waiver.vex.state == "false_positive"
    return "false_positive has no counterpart without a justification" if false_positive and not _justified(waiver.vex) else ""


def _justified(vex: Vex | None) -> bool:
    return vex is not None and bool(vex.justification)


def _not_for_cyclonedx(waiver: Waiver) -> str:
    return _not_stated(waiver)


# OpenVEX


def _openvex(items: Sequence[Item], today: date, version: str, product: Purl | None, author: str) -> Object:
    statements = [_statement(item, product) for item in items]
    owners = sorted({item.waiver.owner for item in items})
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": author or ", ".join(owners) or "nobody",
        "timestamp": _moment(_newest(items, today)),
        "version": 1,
        "tooling": f"gates/{version}",
        "statements": statements,
    }
    return {"@context": document["@context"], "@id": f"urn:uuid:{_uuid(document)}"} | document


def _statement(item: Item, product: Purl | None) -> Object:
    waiver, advisory = item
    vex = waiver.vex or Vex("exploitable")
    package = {"@id": escaped(waiver.purl) if waiver.purl else ""}
    products = [{"@id": escaped(product), "subcomponents": [package]}] if product else [package]
    status = _STATUS.get(vex.state, "not_affected")
    statement: Object = {"vulnerability": {"name": advisory}, "products": products, "status": status}
    if waiver.created:
        statement["timestamp"] = _moment(waiver.created)
    statement["status_notes"] = f"{waiver.id} of {waiver.owner}, counts until {waiver.sunset}"
    if status == "affected":
        statement["action_statement"] = ": ".join(filter(None, (", ".join(vex.response), waiver.reason)))
    elif status == "not_affected" and vex.justification in _JUSTIFICATIONS:
        statement["justification"] = _JUSTIFICATIONS[vex.justification]
        statement["status_notes"] += f": {waiver.reason}"
    elif status == "not_affected":  # the two exclude each other
        statement["impact_statement"] = f"{vex.justification}: {waiver.reason}"
    else:
        statement["status_notes"] += f": {waiver.reason}"
    return statement


# CycloneDX


def _cyclonedx(items: Sequence[Item], today: date, version: str, product: Purl | None) -> Object:
    purls = sorted({item.waiver.purl for item in items if item.waiver.purl})
    document: Object = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": _moment(_newest(items, today)),
            "tools": {"components": [{"type": "application", "name": "gates", "version": version}]},
            **({"component": _component(product, "application")} if product else {}),
        },
        "components": [_component(purl, "library") for purl in purls],
        "vulnerabilities": _vulnerabilities(items),
    }
    head = {key: document[key] for key in ("bomFormat", "specVersion")}
    return head | {"serialNumber": f"urn:uuid:{_uuid(document)}"} | document


def _component(purl: Purl, kind: str) -> Object:
    reference = escaped(purl)
    component: Object = {"type": kind, "bom-ref": reference}
    if purl.namespace:
        component["group"] = purl.namespace
    component["name"] = purl.name
    if purl.version:
        component["version"] = purl.version
    return component | {"purl": reference}


class Statement(NamedTuple):
    """One advisory of one entry in CycloneDX's words. `properties` say which entry it was, who answers for it and until when."""

    advisory: str
    state: str
    justification: str
    responses: tuple[str, ...]
    detail: str
    stated: date | None
    properties: tuple[tuple[str, str], ...]


def statement(item: Item) -> Statement:
    waiver, advisory = item
    vex = waiver.vex or Vex("exploitable")
    return Statement(
        advisory,
        vex.state,
        vex.justification if vex.state == "not_affected" else "",  # of what else it would be one, CycloneDX does not say
        vex.response or ((_response(waiver),) if vex.state == "exploitable" else ()),
        waiver.reason,
        waiver.created,
        (("gates:waiver", waiver.id), ("gates:owner", waiver.owner), ("gates:sunset", waiver.sunset.isoformat())),
    )


def stated(waivers: Waivers, today: date) -> tuple[list[Item], tuple[Left, ...]]:
    """What can be said in CycloneDX where it is known which image is meant, by advisory and entry, and what cannot."""
    return select(waivers, today, _not_for_cyclonedx, images=True)


def vulnerability(statement: Statement, reference: str, affected: Sequence[Object]) -> Object:
    """https://cyclonedx.org/docs/1.6/json/#vulnerabilities; the same in 1.7."""
    analysis: Object = {"state": statement.state}
    if statement.justification:
        analysis["justification"] = statement.justification
    if statement.responses:
        analysis["response"] = list(statement.responses)
    analysis["detail"] = statement.detail
    if statement.stated:
        analysis["lastUpdated"] = _moment(statement.stated)
    return {
        "bom-ref": reference,
        "id": statement.advisory,
        "analysis": analysis,
        "affects": list(affected),
        "properties": [{"name": name, "value": value} for name, value in statement.properties],
    }


def _vulnerabilities(items: Sequence[Item]) -> list[Object]:
    """An entry can be there for each version that it is about."""
    names = Counter(_name(item) for item in items)
    return [_vulnerability(item, names[_name(item)] == 1) for item in items]


def _name(item: Item) -> str:
    return f"{item.waiver.id}/{item.advisory}"


def _vulnerability(item: Item, alone: bool) -> Object:
    waiver = item.waiver
    said = statement(item)
    affected: Object = {"ref": escaped(waiver.purl) if waiver.purl else ""}
    if waiver.versions:
        affected["versions"] = [{"range": str(waiver.versions), "status": "unaffected" if said.state == "not_affected" else "affected"}]
    return vulnerability(said, _name(item) if alone else f"{_name(item)}/{affected['ref']}", [affected])


def _response(waiver: Waiver) -> str:
    return "can_not_fix" if waiver.until_fixed else "will_not_fix"


# Both


def _newest(items: Sequence[Item], today: date) -> date:
    """When the last of the statements was made: a document that says the same again has the same date."""
    return max((item.waiver.created for item in items if item.waiver.created), default=today)


def _moment(day: date) -> str:
    return f"{day}T00:00:00Z"


def _uuid(document: Mapping[str, object]) -> str:
    """Of the content, in the form of a random UUID (RFC 9562, version 8)."""
    digest = sha256(dumps(document, sort_keys=True).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-{'89ab'[int(digest[16], 16) % 4]}{digest[17:20]}-{digest[20:32]}"
