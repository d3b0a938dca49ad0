"""Which engine is asked about which packages, what is never asked, and what to do when a source does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.core.network import Network
from gates.deps.advisory import Audit, Verdict
from gates.deps.findings import age, asked, by_package
from gates.inventory.package import Package, canonical

if TYPE_CHECKING:  # loaded where they are needed
    from gates.deps.advisories.database import AdvisoryDatabase
    from gates.deps.engines.osv_server import Lookup

Engine = Literal["pip-audit", "builtin", "both", "npm"]


_CLOCKS_DIFFER = timedelta(days=1)


class Sources(NamedTuple):
    """Where advisories come from. `canaries` are a version of PyPI and one of npm that are known to be vulnerable, "" for none."""

    engine: Engine
    osv_url: str
    advisory_db: str  # absolute, "" for none
    cache_folder: str  # for what is made of it, "" for none
    npm_registry: str
    python_canary: str
    npm_canary: str
    max_age_days: int


class Answer(NamedTuple):
    """`fallback` says why the audit is not by the source that was to be asked, "" where it is."""

    audit: Audit
    fallback: str = ""


def is_private(package: Package, private: Sequence[str]) -> bool:
    """However the glob spells it: PyPI takes Acme_Core, acme.core and acme-core for one name, and case counts nowhere."""
    spell = canonical if package.ecosystem == "PyPI" else str.lower
    return any(fnmatchcase(spell(package.name), spell(glob)) for glob in private)


def python(packages: Sequence[Package], context: Context, sources: Sources) -> Iterator[Answer]:
    """Raises GateUnavailable where nobody can say whether these are safe, and where two engines say different things."""
    if not packages:
        return
    if sources.engine == "builtin":
        yield Answer(_builtin(packages, context, sources))
    elif sources.engine == "both":
        yield Answer(_agreed(_pip_audit(packages, context, sources), _builtin(packages, context, sources)))
    else:
        yield _or_database(lambda: _pip_audit(packages, context, sources), packages, context, sources)


def node(packages: Sequence[Package], context: Context, sources: Sources) -> Iterator[Answer]:
    if not packages:
        return
    if sources.engine == "builtin" or (sources.advisory_db and context.offline):
        yield Answer(_builtin(packages, context, sources))
        return
    from gates.deps.engines import npm_bulk, npm_client, registry

    name, _, version = sources.npm_canary.rpartition("@")
    canary = (name, version) if name else None

    def ask() -> Audit:
        where = registry.registry(context, sources.npm_registry)
        audit = npm_client.audit if sources.engine == "npm" else npm_bulk.audit
        return audit(packages, context, where, _network(context), canary=canary)

    yield _or_database(ask, packages, context, sources)


def _pip_audit(packages: Sequence[Package], context: Context, sources: Sources) -> Audit:
    from gates.deps.engines import pip_audit

    if sources.advisory_db:
        database = _database(context, sources, packages)
        audit = pip_audit.audit_against(packages, context, _lookup(database), database.state(("PyPI",)))
        # pip-audit is handed the records that can be read; what cannot be is undetermined all the same.
        undetermined = by_package(_by_records(packages, database))
        verdicts = [verdict._replace(unreadable=undetermined[asked(verdict.package)].unreadable) for verdict in audit.verdicts]
        return audit._replace(verdicts=verdicts)
    name, _, version = sources.python_canary.partition("==")
    canary = pip_audit.Canary(name, version) if name else None
    return pip_audit.audit(packages, context, osv_url=sources.osv_url, network=_network(context), canary=canary)


def _builtin(packages: Sequence[Package], context: Context, sources: Sources) -> Audit:
    return _by_records(packages, _database(context, sources, packages))


def _by_records(packages: Sequence[Package], database: AdvisoryDatabase) -> Audit:
    from gates.deps.advisories import matcher

    return matcher.audit(packages, database)


def _database(context: Context, sources: Sources, packages: Sequence[Package]) -> AdvisoryDatabase:
    """The database, once it is found to hold what can be believed. Raises GateUnavailable."""
    from gates.deps.advisories.database import open_database

    database = open_database(sources.advisory_db, sources.cache_folder)
    ecosystems = sorted({package.ecosystem for package in packages})
    for ecosystem in ecosystems:
        if not database.records(ecosystem):
            raise GateUnavailable(f"{sources.advisory_db} holds no advisory of {ecosystem}, so its silence proves nothing")
    state = database.state(ecosystems)
    if state.newest and state.newest.date() > context.today + _CLOCKS_DIFFER:
        raise GateUnavailable(f"{sources.advisory_db} has a record of {state.newest.date()}, a day to come, so its age cannot be told")
    days = age(state, context.today)
    if days is None or days > sources.max_age_days:
        how_old = "of unknown age" if days is None else f"{days} days old"
        limit = f"at most {sources.max_age_days} days are allowed"
        raise GateUnavailable(f"{sources.advisory_db} is {how_old}, and {limit}; import a newer one")
    return database


def _lookup(database: AdvisoryDatabase) -> Lookup:
    """The records that a service would answer with: those that can be read, count, and speak of the version."""
    from gates.deps.advisories import osv
    from gates.deps.advisories.versions import affected, parser

    parse = parser("PyPI")

    def lookup(ecosystem: str, name: str, version: str) -> list[Mapping[str, object]]:
        found: list[Mapping[str, object]] = []
        for stored in database.lookup("PyPI", name) if ecosystem == "PyPI" else ():
            try:
                document = osv.load_json(stored.text)
                record = osv.read(document, ("PyPI", name), lambda _: parse)
                counts = not record.withdrawn and any(affected(version, each.versions, each.ranges, parse) for each in record.affected)
            except ValueError:  # not a record that can be read
                continue
            if counts and isinstance(document, dict):
                found.append(document)
        return found

    return lookup


def _or_database(ask: Callable[[], Audit], packages: Sequence[Package], context: Context, sources: Sources) -> Answer:
    """The service, or where it cannot be asked the last database within its age limit."""
    try:
        return Answer(ask())
    except GateUnavailable as unavailable:
        if not sources.advisory_db:
            raise
        return Answer(_builtin(packages, context, sources), str(unavailable))


def _agreed(one: Audit, other: Audit) -> Audit:
    """The first audit, once the second is found to name the same advisories."""
    theirs = by_package(other)
    for verdict in one.verdicts:
        if not _same(verdict, theirs[asked(verdict.package)]):
            package = verdict.package
            raise GateUnavailable(
                f"{one.engine} and {other.engine} disagree about {package.name} {package.version}: "
                f"{_ids(verdict)} and {_ids(theirs[asked(package)])}"
            )
    return one


def _same(one: Verdict, other: Verdict) -> bool:
    """Whether each advisory of one is, by its id or an alias, one of the other's."""
    ours = [{advisory.id, *advisory.aliases} for advisory in one.advisories]
    theirs = [{advisory.id, *advisory.aliases} for advisory in other.advisories]
    covered = all(any(ids & others for others in theirs) for ids in ours) and all(any(ids & others for others in ours) for ids in theirs)
    return covered and not other.unreadable


def _ids(verdict: Verdict) -> str:
    return ", ".join(sorted((*(advisory.id for advisory in verdict.advisories), *verdict.unreadable))) or "nothing"


def _network(context: Context) -> Network:
    return Network(proxy=context.proxy, ca_bundle=context.ca_bundle, offline=context.offline, timeout=min(context.tool_timeout, 60.0))
