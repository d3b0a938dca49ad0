"""Rules on which image a container is started from."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container.defect import Defect
from gates.container.judging.facts import Facts
from gates.container.judging.runtime_defects import Fix, by_default, told, unsettled
from gates.container.quoting import shown
from gates.container.references import Reference, reference
from gates.container.rules import runtime as rules
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.patterns import lazy

_OPEN = lazy(r"\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Za-z_][A-Za-z0-9_]*|`[^`]*`|\{\{[^{}]*\}\}|\$\{\{[^{}]*\}\}")
_PINNED = lazy(r".*@sha256:[0-9a-fA-F]{64}\s*", 16)


def judge(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    """The subject is the image: of services that share one the first is told, and the number of the others."""
    for defect in _judged(spec, facts):
        yield defect._replace(subject=shown(spec.image.value or spec.image.text) if spec.image else defect.subject, shared=True)


def _judged(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    """An image that is built here only gets its name by `image:`; what it is built from is for the rules on Dockerfiles."""
    image = spec.image
    if image is None or spec.build is not None:
        return
    if image.value is None:
        yield from _open(spec, image, facts)
        return
    named = reference(image.value)
    if not named.repository or named.repository == "scratch" or is_built(named, image.value, facts):
        return
    if named.local and named.floating and not named.digest:
        what = f"cannot judge the image {shown(image.value)}: it depends on who builds it, since no registry has an image of that name"
        yield told(spec, rules.BASE_UNTAGGED, what, image.location, resolved=False)
    elif named.floating:
        how = "is tagged latest" if named.tag else "has no tag"
        what = f"the image {shown(image.value)} {how}{by_default(image)}, so it is whatever was pushed last"
        yield told(spec, rules.BASE_UNTAGGED, what, image.location, fix=_fix(named, "<version>"))
    elif not named.digest and not named.local:
        what = f"the image {shown(image.value)} is named by a tag{by_default(image)}, which can be moved to another image"
        yield told(spec, rules.BASE_NOT_PINNED, what, image.location, fix=_fix(named, f"{named.tag}@sha256:…"))


def is_built(named: Reference, text: str, facts: Facts) -> bool:
    """Whether the repository itself builds an image of that name."""
    return bool({text.strip(), named.repository, f"{named.registry}/{named.repository}"} & facts.built) or any(
        other.repository == named.repository and other.registry == named.registry for other in map(reference, facts.built)
    )


def _open(spec: RuntimeSpec, image: Setting[str], facts: Facts) -> Iterator[Defect]:
    """Where only the tag is open, it is known at least which image is meant; a digest behind it settles everything."""
    if _PINNED.fullmatch(image.text):
        return
    named = reference(_OPEN.sub("x", image.text))
    if image.text and not _OPEN.match(image.text) and is_built(named, image.text, facts):
        return
    yield unsettled(spec, rules.BASE_UNTAGGED, "which version of its image it runs", image)


def _fix(named: Reference, version: str) -> Fix:
    repository = named.repository if named.registry in ("docker.io", "") else f"{named.registry}/{named.repository}"
    full = f"{repository}:{version}"
    return Fix(f"image: {full}", full, f"image: {full}", f"image: {full}")
