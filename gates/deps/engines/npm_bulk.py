"""Asks an npm registry which advisories speak of the packages: one POST, and an answer that is believed only with proof.

The endpoint is the one that `npm audit` itself uses; what it answers is documented nowhere and read here as npm's own client reads it
(`lib/audit-report.js` of https://github.com/npm/cli/tree/latest/workspaces/arborist), but with nothing filled in that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from gates import __version__
from gates.core.documents.node import quoted
from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Severity
from gates.core.gate import Context
from gates.core.globs import compile_globs
from gates.core.network import Network, place, post_json
from gates.core.patterns import lazy
from gates.deps.advisories.semver import satisfies
from gates.deps.advisory import Advisory, Audit, Database, Verdict
from gates.deps.engines.registry import Registry
from gates.inventory.package import Package

ENDPOINT: Final = "/-/npm/v1/security/advisories/bulk"
CANARY: Final = ("lodash", "4.17.15")  # has had advisories since 2020
NAMELESS: Final = "an advisory without an id"

_SEVERITIES: Final = {
    "info": Severity.INFO,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_GHSA = lazy(r"ghsa(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_UPPER_BOUND = lazy(r"<\s*v?([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)(?=$|[\s|])")


class Question(NamedTuple):
    """What one registry is asked: names with their versions, in order. It holds the canary too."""

    registry: Registry
    versions: Mapping[str, Sequence[str]]

    @property
    def source(self) -> str:
        """The registry's host, for messages."""
        return place(self.registry.url)


class Record(NamedTuple):
    """One advisory as a registry sends it. Several can share an id, each with a range of its own."""

    advisory: Advisory  # with what `range` alone says of fixed versions
    range: str


class Records(NamedTuple):
    """What a registry knows about one name. `unreadable` are the ids of advisories that cannot be understood."""

    readable: tuple[Record, ...] = ()
    unreadable: tuple[str, ...] = ()


Answer = Mapping[str, Records]  # by name; a name about which nothing is known is not in it


def audit(
    packages: Sequence[Package],
    context: Context,
    registry: Registry,
    network: Network,
    *,
    private: Sequence[str] = (),
    canary: tuple[str, str] | None = CANARY,
) -> Audit:
    """One POST for each registry that the packages come from, nearly always one in all.

    Names that a glob of `private` matches, such as @acme/* or acme-*, are sent nowhere and get an empty verdict, as do packages that come
    from no registry. `canary` is a package with an advisory that every registry must know; without one, silence is taken for good news.
    Raises GateUnavailable and UsageError.
    """
    asked = questions(packages, registry, private, canary)
    answers = [(question, believed(question, registry, canary, lambda it: _ask(it, network, context))) for question in asked]
    said = notes(packages, private, canary, asked)
    return audited("npm-bulk", __version__, packages, registry, private, answers, said)


def questions(packages: Sequence[Package], registry: Registry, private: Sequence[str], canary: tuple[str, str] | None) -> list[Question]:
    """What must be asked, and where; nothing where no package may be asked about."""
    hidden = hides(private)
    if canary is not None and hidden(canary[0]):
        raise UsageError(f"the canary {canary[0]} is a private name; choose another one, which the registry knows an advisory for")
    registries: dict[str, Registry] = {}
    versions: dict[str, dict[str, set[str]]] = {}
    for package in packages:
        if package.ecosystem != "npm":
            raise ValueError(f"{package.purl} is no npm package")
        if not package.source and not hidden(package.name):
            own = registry.of(package.name)
            registries.setdefault(own.url, own)
            versions.setdefault(own.url, {}).setdefault(package.name, set()).add(package.version)
    for names in versions.values():
        if canary is not None:
            names.setdefault(canary[0], set()).add(canary[1])
    return [Question(registries[url], {name: sorted(names[name]) for name in sorted(names)}) for url, names in sorted(versions.items())]


def hides(private: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name is private. Case does not count, so that no spelling of a private name is sent. Raises UsageError."""
    patterns = [pattern.lower() for pattern in private]
    try:
        matches = compile_globs(patterns)
    except ValueError as error:
        raise UsageError(f"[deps] private: {error}") from None
    return lambda name: matches(name.lower())


def notes(packages: Sequence[Package], private: Sequence[str], canary: tuple[str, str] | None, asked: Collection[Question]) -> list[str]:
    """What the report must say beside the verdicts."""
    hidden = hides(private)
    names = {package.name for package in packages if not package.source and hidden(package.name)}
    said = [f"{len(names)} private name{'s were' if len(names) > 1 else ' was'} not asked about"] if names else []
    if asked and canary is None:
        said.append("no canary was asked for: a registry that knows no advisory at all would look like good news")
    return said


def _ask(question: Question, network: Network, context: Context) -> Answer:
    registry = question.registry
    headers = {"Authorization": f"{registry.scheme} {registry.token}"} if registry.token else {}
    bound = network._replace(offline=network.offline or context.offline)
    # Gzipped, as npm sends it: some registries take nothing else.
    answer = post_json(registry.url + ENDPOINT, question.versions, bound, context.deadline, headers=headers, compress=True)
    return read(answer, question)


def read(answer: object, question: Question) -> Answer:
    """Raises GateUnavailable for an answer that is none."""
    if not isinstance(answer, dict):
        raise GateUnavailable(f"{question.source} answered with no table of advisories; check the address of the registry")
    for name, items in answer.items():
        if not isinstance(items, list):
            raise GateUnavailable(f"{question.source} answered with an error in place of advisories; check the address of the registry")
        if name not in question.versions:
            raise GateUnavailable(f"{question.source} answered about {quoted(name)}, which was not asked")
    return {name: records(items) for name, items in answer.items()}


def records(items: Iterable[object]) -> Records:
    readable: list[Record] = []
    unreadable: set[str] = set()
    for item in items:
        id, aliases = _ids(item)
        record = _record(item, id, aliases) if id else None
        if record is None:
            unreadable.add(id or NAMELESS)
        else:
            readable.append(record)
    return Records(tuple(readable), tuple(sorted(unreadable)))


def _ids(item: object) -> tuple[str, tuple[str, ...]]:
    """The GitHub id at the end of the address, else the registry's own number, which changes with the text; and the other names."""
    if not isinstance(item, dict):
        return "", ()
    url, number, cves = item.get("url"), item.get("id"), item.get("cves")
    numbered = str(number) if isinstance(number, int) and not isinstance(number, bool) else ""
    last = url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else ""
    named = "GHSA" + last[4:].lower() if _GHSA.fullmatch(last) else ""
    others = [cve for cve in cves if isinstance(cve, str)] if isinstance(cves, list) else []
    return named or numbered, tuple(dict.fromkeys((*others, *([numbered] if named and numbered else []))))


def _record(item: object, id: str, aliases: tuple[str, ...]) -> Record | None:
    """None where a field that decides is missing or is not of its kind. The CWE and CVSS fields decide nothing."""
    if not isinstance(item, dict):
        return None
    title, url, severity, range_ = (item.get(key) for key in ("title", "url", "severity", "vulnerable_versions"))
    if not isinstance(title, str) or not isinstance(url, str | None) or not isinstance(severity, str | None) or not isinstance(range_, str):
        return None
    advisory = Advisory(
        id=id,
        aliases=aliases,
        summary=title,
        severity=_SEVERITIES.get((severity or "").lower()),
        url=url if url and url.startswith(("https://", "http://")) else "",
        fixed=tuple(dict.fromkeys(_UPPER_BOUND.findall(range_))),
    )
    return Record(advisory, range_)


def judge(known: Records, version: str) -> tuple[tuple[Advisory, ...], tuple[str, ...]]:
    """The advisories that speak of the version, by id, and the ids of those of which that cannot be told."""
    unreadable = set(known.unreadable)
    matching: dict[str, list[Advisory]] = {}
    for record in known.readable:
        try:
            if satisfies(version, record.range):
                matching.setdefault(record.advisory.id, []).append(record.advisory)
        except ValueError:
            unreadable.add(record.advisory.id)
    found = tuple(_merged(alike, known) for _, alike in sorted(matching.items()))
    return found, tuple(sorted(unreadable))


def _merged(alike: Sequence[Advisory], known: Records) -> Advisory:
    """One advisory of several records with its id: the worst severity, where an unknown one is worse than any."""
    first = alike[0]
    severities = [advisory.severity for advisory in alike]
    same = [record for record in known.readable if record.advisory.id == first.id]
    bounds = dict.fromkeys(version for record in same for version in record.advisory.fixed)
    return first._replace(
        aliases=tuple(dict.fromkeys(alias for advisory in alike for alias in advisory.aliases)),
        severity=None if None in severities else max(severity for severity in severities if severity is not None),
        fixed=tuple(version for version in bounds if not any(_affects(record.range, version) for record in same)),
    )


def _affects(range_: str, version: str) -> bool:
    try:
        return satisfies(version, range_)
    except ValueError:
        return True


def believed(question: Question, registry: Registry, canary: tuple[str, str] | None, ask: Callable[[Question], Answer]) -> Answer:
    """The answer, with its proof: it must tell of the canary. Raises GateUnavailable."""
    try:
        answer = ask(question)
        if canary is not None and not judge(answer.get(canary[0], Records()), canary[1])[0]:
            raise GateUnavailable(f"{question.source} knows no advisory for {' '.join(canary)}, so its silence proves nothing")
    except GateUnavailable as error:
        if question.registry.url == registry.url:
            raise
        scopes = " and ".join(sorted({name.partition("/")[0] for name in question.versions if name.startswith("@")}))
        raise GateUnavailable(f"{error}; where {scopes} is private, name it under [deps] private in the policy") from error
    return answer


def audited(
    engine: str,
    version: str,
    packages: Sequence[Package],
    registry: Registry,
    private: Sequence[str],
    answers: Sequence[tuple[Question, Answer]],
    said: Sequence[str],
) -> Audit:
    """The verdicts that the answers give; a package without one raises KeyError unless it was left out on purpose."""
    hidden = hides(private)
    by_registry = {question.registry.url: (question, answer) for question, answer in answers}
    judged: dict[tuple[str, str], tuple[tuple[Advisory, ...], tuple[str, ...]]] = {}

    def verdict(package: Package) -> Verdict:
        if package.source or hidden(package.name):
            return Verdict(package)
        key = package.name, package.version
        if key not in judged:
            question, answer = by_registry[registry.of(package.name).url]
            if package.version not in question.versions[package.name]:
                raise KeyError(package.name)
            judged[key] = judge(answer.get(package.name, Records()), package.version)
        return Verdict(package, *judged[key])

    known = sum(len(one.readable) + len(one.unreadable) for _, answer in answers for one in answer.values())
    database = Database(", ".join(question.source for question, _ in answers), records=known)
    return Audit(engine, version, database, [verdict(package) for package in packages], list(said))
