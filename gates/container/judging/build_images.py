"""Rules on the images that a Dockerfile takes things from."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container import lifetimes
from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Base, Stage
from gates.container.dockerfile.stages import origins
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Plan, steps, told
from gates.container.official import OFFICIAL
from gates.container.quoting import key_of, shown
from gates.container.references import Reference, reference
from gates.container.rules import build as rules
from gates.container.rules import runtime
from gates.core.patterns import lazy

_DIGEST = lazy(r".*@sha256:[0-9a-fA-F]{64}")
_TAG_OR_DIGEST = lazy(r"(?:[:@])[^/]*\Z")
_TITLES = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "alpine": "Alpine",
    "centos": "CentOS",
    "fedora": "Fedora",
    "python": "Python",
    "amazonlinux": "Amazon Linux",
    "node": "Node.js",
    "golang": "Go",
    "php": "PHP",
    "ruby": "Ruby",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongo": "MongoDB",
    "openjdk": "the image of OpenJDK",
    "dotnet": ".NET",
    "centos-stream": "CentOS Stream",
    "rhel": "Red Hat Enterprise Linux",
    "opensuse": "openSUSE Leap",
    "redis": "Redis",
    "nginx": "nginx",
    "elasticsearch": "Elasticsearch",
    "erlang": "Erlang",
    "elixir": "Elixir",
    "perl": "Perl",
}


def judge(plan: Plan, around: Around) -> Iterator[Defect]:
    for stage in plan.dockerfile.stages:
        if stage.base.stage is None:
            yield from _image(plan, stage, stage.base, stage.line, "FROM ", around)
    for stage, step in steps(plan.dockerfile):
        for base in origins(plan.dockerfile, step.instruction):
            if base.stage is None and base.image is not None and _is_image(base.text):
                yield from _image(plan, stage, base, step.instruction.line, "--from=", around)


def _is_image(text: str) -> bool:
    """A name without a slash, a tag or a digest may as well be a build context that the command line names, unless an official image
    has it.
    """
    return bool(_TAG_OR_DIGEST.search(text)) or "/" in text or text in OFFICIAL


def _image(plan: Plan, stage: Stage, base: Base, line: int, how: str, around: Around) -> Iterator[Defect]:
    if base.image is None:
        if _DIGEST.fullmatch(base.text):
            return
        what = f"cannot judge which image {how}{shown(base.text)} is: it depends on a variable without a default"
        yield told(plan.dockerfile, stage, runtime.BASE_UNTAGGED, what, line, key_of(how, base.text), resolved=False)
        return
    named = reference(base.image)
    if not named.repository or named.repository == "scratch":
        return
    written = f"{shown(base.image)}{_by_default(base)}"
    key = key_of(how, named.registry, named.repository)
    if named.local and not named.digest:
        if named.floating:
            what = f"cannot judge {how}{written}: it depends on who builds that image, since no registry has one of that name"
            yield told(plan.dockerfile, stage, runtime.BASE_UNTAGGED, what, line, key, resolved=False)
        return
    if named.floating:
        tag = "is tagged latest" if named.tag else "has no tag"
        what = f"{how}{written} {tag}, so each build takes whatever was pushed last"
        yield told(plan.dockerfile, stage, runtime.BASE_UNTAGGED, what, line, key, remedy=_remedy(how, named, "<version>"))
        yield from _lifetime(plan, stage, named, written, line, how, around)
        return
    if not named.digest:
        what = f"{how}{written} is named by a tag, which can be moved to another image"
        remedy = _remedy(how, named, f"{named.tag}@sha256:…")
        yield told(plan.dockerfile, stage, runtime.BASE_NOT_PINNED, what, line, key, remedy=remedy)
    yield from _lifetime(plan, stage, named, written, line, how, around)


def _lifetime(plan: Plan, stage: Stage, named: Reference, written: str, line: int, how: str, around: Around) -> Iterator[Defect]:
    product = lifetimes.product_of(named.registry, named.repository, named.official)
    endings = lifetimes.endings_by_name(named.registry, named.repository)
    if product and named.tag:
        endings += lifetimes.endings(product, named.tag)
    elif not endings:
        return
    key = key_of(how, named.registry, named.repository)
    ended = [ending for ending in endings if ending.last < around.today]
    for ending in ended:
        what = f"{how}{written} is of {_TITLES[ending.product]} {ending.release}, which has had no fixes since {ending.last}"
        yield told(plan.dockerfile, stage, rules.BASE_END_OF_LIFE, what, line, f"{key}:{ending.product}-{ending.release}")
    if not ended and not named.floating and lifetimes.is_stale(around.today):
        what = f"cannot judge whether {how}{written} still gets fixes: it depends on a table that was made on {lifetimes.MADE}"
        yield told(plan.dockerfile, stage, rules.BASE_END_OF_LIFE, what, line, key, resolved=False)


def _by_default(base: Base) -> str:
    return f" ({shown(base.text)} by default)" if base.by_default else ""


def _remedy(how: str, named: Reference, version: str) -> str:
    host = "" if named.registry == "docker.io" else f"{named.registry}/"
    full = f"{host}{named.repository}:{version}"
    return f"FROM {full}" if how == "FROM " else f"COPY --from={full}"
