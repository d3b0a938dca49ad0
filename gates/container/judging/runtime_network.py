"""Rules on who can reach a container from outside."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.runtime_defects import Fix, told
from gates.container.quoting import shown
from gates.container.references import reference
from gates.container.rules import runtime_isolation as rules
from gates.container.spec import Port, RuntimeSpec

_SERVERS: Final = frozenset(
    (
        *("postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "mysql", "mysql-server", "mariadb", "percona"),
        *("mongo", "mongodb", "mongodb-community-server", "redis", "redis-stack", "redis-stack-server", "valkey", "keydb", "dragonfly"),
        *("memcached", "elasticsearch", "opensearch", "couchdb", "couchbase", "cassandra", "scylla", "influxdb", "clickhouse"),
        *("clickhouse-server", "neo4j", "arangodb", "rethinkdb", "cockroach", "etcd", "orientdb", "crate", "mssql", "qdrant"),
        *("weaviate", "milvus", "solr", "surrealdb", "questdb", "victoria-metrics", "rqlite", "foundationdb", "oracle-xe", "oracle-free"),
    )
)
# https://www.iana.org/assignments/service-names-port-numbers, or the product's own documentation
_PORTS: Final = {
    1433: "SQL Server",
    1521: "Oracle",
    2379: "etcd",
    3306: "MySQL",
    5432: "PostgreSQL",
    5984: "CouchDB",
    6379: "Redis",
    7687: "Neo4j",
    8086: "InfluxDB",
    9042: "Cassandra",
    9200: "Elasticsearch",
    11211: "memcached",
    26257: "CockroachDB",
    27017: "MongoDB",
}
_LONGEST_RANGE: Final = 65536


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    if "ports" in spec.unsaid or (spec.network and spec.network.value in ("host", "none")):
        return  # the host's network has a rule of its own, and there nothing is published
    for port in spec.ports:
        yield from _port(spec, port)


def _port(spec: RuntimeSpec, port: Port) -> Iterator[Defect]:
    written = shown(port.text or ":".join(part for part in (port.host_ip, port.published, port.target) if part))
    if not port.resolved:
        what = f"cannot judge on which interface it publishes a port: it depends on {written}"
        yield told(spec, rules.PORT_ON_ALL_INTERFACES, what, port.location, written, resolved=False)
        return
    if not is_everywhere(port.host_ip):
        if not is_loopback(port.host_ip) and (database := _database(spec, port)):
            yield _reached(spec, port, database)
        return
    bound = ":".join(part for part in ("127.0.0.1", port.published, port.target) if part)
    fix = Fix(f'ports: ["{bound}"]', f"-p {bound}", "a Service instead of hostPort")
    key = ":".join((port.published, port.target))
    what = f"port {port.published or port.target or written} is published on every interface of the host, past its firewall"
    yield told(spec, rules.PORT_ON_ALL_INTERFACES, what, port.location, key, fix=fix)
    if database := _database(spec, port):
        yield _reached(spec, port, database)


def _reached(spec: RuntimeSpec, port: Port, database: str) -> Defect:
    bound = ":".join(part for part in ("127.0.0.1", port.published, port.target) if part)
    what = f"{database} is reached from outside the host on port {port.published or 'that the engine chooses'}"
    fix = Fix(f"expose: ['{port.target}'], or ports: [\"{bound}\"]", f"-p {bound}", "a Service instead of hostPort")
    return told(spec, rules.DATABASE_PUBLISHED, what, port.location, ":".join((port.published, port.target)), fix=fix)


def is_everywhere(host_ip: str) -> bool:
    """Fails closed: what is no address is taken for any."""
    host = host_ip.strip().strip("[]")
    if host in ("localhost", "ip6-localhost"):
        return False
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return True


def is_loopback(host_ip: str) -> bool:
    host = host_ip.strip().strip("[]")
    try:
        return host in ("localhost", "ip6-localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _database(spec: RuntimeSpec, port: Port) -> str:
    if spec.image is not None:
        parts = reference(spec.image.value or spec.image.text).repository.lower().split("/")
        name = "mssql" if parts[-2:] == ["mssql", "server"] else parts[-1]
        if name in _SERVERS:
            return f"the database {name}"
    return next((f"{_PORTS[number]}'s port {number}" for number in _numbers(port.target) if number in _PORTS), "")


def _numbers(text: str) -> Sequence[int]:
    first, dash, last = text.partition("/")[0].partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()) or len(first) > 5 or len(last) > 5:
        return ()
    return range(int(first), min(int(last or first), int(first) + _LONGEST_RANGE) + 1)
