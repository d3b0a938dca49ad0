"""A release and what it is made of, whatever it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from gates.core.purl import Purl
from gates.core.waivers_vex import Statement

Kind = Literal["application", "library", "container", "operating-system"]
Lifecycle = Literal["pre-build", "build"]
# of a list of components and edges: https://cyclonedx.org/docs/1.6/json/#compositions_items_aggregate
Aggregate = Literal["complete", "incomplete", "unknown"]


class Licence(NamedTuple):
    """`expression` is an SPDX expression, one identifier included; "" where only a `name` is known that SPDX does not have.
    https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
    """

    expression: str
    name: str = ""
    declared: bool = True  # by the package itself; False: told from a classifier


class Digest(NamedTuple):
    """`algorithm` as CycloneDX spells it: "SHA-256", "SHA-512"; `value` in lower case hexadecimal."""

    algorithm: str
    value: str


class Distribution(NamedTuple):
    """A file that the lock names; "" where it gives digests alone, which are then those of all files that may be installed."""

    name: str
    digests: tuple[Digest, ...]


class Component(NamedTuple):
    """`ref` is unique in a Bom. `groups` are those that alone need it, empty for what runs in production.

    `digests` are those of the artifact that was installed, or that a lock names where it names but one; `supplier` is who the package
    itself says made it, with `supplier_from` saying which field. `distributions` are the files of which one is installed, where it cannot
    be told which. `properties` are names and values, in order.
    """

    ref: str
    kind: Kind
    name: str
    version: str
    purl: Purl | None
    licences: tuple[Licence, ...] = ()
    digests: tuple[Digest, ...] = ()
    supplier: str = ""
    supplier_from: str = ""
    groups: tuple[str, ...] = ()
    source: str = ""  # where it comes from if that is no registry
    artifact: str = ""  # the file name that the digests are of
    distributions: tuple[Distribution, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class Vulnerability(NamedTuple):
    """What a waiver says, of the components with these refs."""

    statement: Statement
    affects: tuple[str, ...]


class Bom(NamedTuple):
    """`edges` has every ref, the root's too, with the refs that it needs. Components are by ref, without the root.

    `lifecycle` tells whether an environment was seen or locks alone. `aggregate` is what can be said of all components and edges together.
    """

    root: Component
    components: Mapping[str, Component]
    edges: Mapping[str, tuple[str, ...]]
    lifecycle: Lifecycle
    aggregate: Aggregate
    vulnerabilities: tuple[Vulnerability, ...] = ()
    authors: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()  # of the whole
