"""The serial number of a document, from what it says: the same content has the same one, wherever and whenever it is written."""

from __future__ import annotations

from hashlib import sha256
from json import dumps
from uuid import NAMESPACE_URL, uuid5

from gates.core.waivers_vex import Object


def sealed(document: Object) -> Object:
    """The document with its serial number at the usual place; one that it had before does not count.

    https://cyclonedx.org/docs/1.6/json/#serialNumber
    """
    rest: Object = {key: value for key, value in document.items() if key != "serialNumber"}
    digest = sha256(dumps(rest, sort_keys=True).encode()).hexdigest()
    head: Object = {key: rest.pop(key) for key in ("$schema", "bomFormat", "specVersion") if key in rest}
    return {**head, "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'urn:sha256:{digest}')}", **rest}
