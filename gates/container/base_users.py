"""Which user images run as that others are built from, as far as it is known without pulling them.

From the Dockerfiles and the documentation of the images; as of November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gates.container.official import OFFICIAL
from gates.container.references import HUB, Reference
from gates.core.patterns import lazy

ROOT: Final = ""

# Docker official images that name a user; all others start as root.
_OFFICIAL: Final[Mapping[str, str]] = {
    "adminer": "adminer",
    "api-firewall": "api-firewall",
    "elasticsearch": "1000:0",
    "emqx": "emqx",
    "haproxy": "haproxy",
    "jenkins": "jenkins",
    "jetty": "jetty",
    "kibana": "1000",
    "kong": "kong",
    "liquibase": "liquibase",
    "logstash": "1000",
    "memcached": "memcache",
    "odoo": "odoo",
    "open-liberty": "1001",
    "percona": "mysql",
    "solr": "8983",
    "sonarqube": "sonarqube",
    "spark": "spark",
    "teamspeak": "9987",
    "varnish": "varnish",
    "websphere-liberty": "1001",
}
# Those whose own entrypoint starts as root and becomes another user, with gosu, su-exec or setpriv.
_DROPPING: Final = frozenset(
    (
        *("postgres", "mysql", "mariadb", "mongo", "redis", "rabbitmq", "cassandra", "neo4j", "influxdb", "telegraf", "zookeeper"),
        *("flink", "couchdb", "storm", "ghost", "crate", "kapacitor", "chronograf", "clickhouse", "plone", "convertigo"),
    )
)
_ENTRYPOINTS: Final = ("docker-entrypoint.sh", "entrypoint.sh", "startup/docker-entrypoint.sh")
# What each architecture's official images are called.
_PLATFORMS: Final = ("amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "ppc64le", "riscv64", "s390x")
# By registry and repository, * for all below; the first that fits.
_OTHERS: Final[tuple[tuple[str, str], ...]] = (
    ("docker.io/nginxinc/nginx-unprivileged", "101"),
    ("ghcr.io/nginx/nginx-unprivileged", "101"),
    ("quay.io/nginx/nginx-unprivileged", "101"),
    ("public.ecr.aws/nginx/nginx-unprivileged", "101"),
    ("docker.io/bitnami/minideb", ROOT),
    ("docker.io/bitnami/*", "1001"),
    ("docker.io/bitnamilegacy/*", "1001"),
    ("docker.io/bitnamisecure/*", "1001"),
    ("docker.io/grafana/grafana*", "472"),
    ("docker.io/prom/*", "nobody"),
    ("quay.io/prometheus/*", "nobody"),
    ("docker.io/jenkins/*", "jenkins"),
    ("docker.io/selenium/*", "1200"),
    ("docker.io/jupyter/*", "1000"),
    ("quay.io/jupyter/*", "1000"),
    ("quay.io/keycloak/keycloak", "1000"),
    ("docker.io/cimg/*", "circleci"),
    ("docker.io/circleci/*", "circleci"),
    ("docker.io/apache/airflow", "airflow"),
    ("docker.io/apache/superset", "superset"),
    ("docker.io/apache/spark*", "spark"),
    ("docker.io/apache/kafka", "appuser"),
    ("docker.io/confluentinc/*", "appuser"),
    ("docker.io/gitpod/*", "gitpod"),
    ("ghcr.io/puppeteer/puppeteer", "pptruser"),
    ("docker.io/n8nio/n8n", "node"),
    ("docker.io/nodered/node-red", "node-red"),
    ("docker.io/codercom/code-server", "coder"),
    ("docker.io/mambaorg/micromamba", "mambauser"),
    ("docker.elastic.co/*", "1000"),
    ("docker.io/opensearchproject/*", "1000"),
    ("registry.access.redhat.com/*", ""),
    ("registry.redhat.io/*", ""),
    ("docker.io/redhat/*", ""),
    ("mcr.microsoft.com/*", ROOT),
    ("docker.io/nvidia/*", ROOT),
    ("ghcr.io/astral-sh/uv", ROOT),
    ("docker.io/astral/uv", ROOT),
    ("docker.io/continuumio/*", ROOT),
    ("docker.io/pytorch/pytorch", ROOT),
    ("docker.io/tensorflow/tensorflow", ROOT),
    ("docker.io/oven/bun", ROOT),
    ("docker.io/denoland/deno", ROOT),
    ("docker.io/openresty/openresty", ROOT),
    ("docker.io/phusion/*", ROOT),
    ("docker.io/google/cloud-sdk", ROOT),
    ("gcr.io/google.com/cloudsdktool/*", ROOT),
    ("docker.io/amazon/*", ROOT),
    ("docker.io/tiangolo/*", ROOT),
    ("docker.io/rockylinux/*", ROOT),
    ("docker.io/opensuse/*", ROOT),
    ("docker.io/kalilinux/*", ROOT),
    ("docker.io/balenalib/*", ROOT),
    ("docker.io/hashicorp/terraform", ROOT),
    ("docker.io/minio/*", ROOT),
    ("quay.io/minio/*", ROOT),
    ("docker.io/cypress/*", ROOT),
    ("docker.io/dunglas/frankenphp", ROOT),
    ("quay.io/centos/*", ROOT),
    ("quay.io/fedora/*", ROOT),
    ("quay.io/rockylinux/*", ROOT),
    ("public.ecr.aws/amazonlinux/*", ROOT),
    ("public.ecr.aws/debian/*", ROOT),
    ("public.ecr.aws/ubuntu/*", ROOT),
)
_PLAIN_UBI = lazy(r"(?:.*/)?ubi[0-9]*(?:-minimal|-micro|-init|-stig)?(?:/.*)?")
# of Chainguard's images: those that start as root, and those of which it differs
_CHAINGUARD_ROOT: Final = ("wolfi-base", "chainguard-base", "busybox", "bash")
_CHAINGUARD_OPEN: Final = ("go", "rust", "maven", "gradle", "jdk", "gcc-glibc", "sdk", "git", "curl", "melange", "apko")


def user_of_image(named: Reference) -> str | None:
    """ "" for root, None where it is not known."""
    if named.repository == "scratch":
        return ROOT
    official = named.official or _of_platform(named)
    if official:
        return _OFFICIAL.get(official, ROOT)
    full = f"{named.registry}/{named.repository}"
    if full.startswith("gcr.io/distroless/"):
        return "nonroot" if "nonroot" in named.tag else ROOT
    if full.startswith("cgr.dev/"):
        name = full.rpartition("/")[2]
        return ROOT if name in _CHAINGUARD_ROOT else None if name in _CHAINGUARD_OPEN else "65532"
    if named.registry == "mcr.microsoft.com" and ("chiseled" in named.tag or "distroless" in named.tag or "nonroot" in named.tag):
        return "app"
    if full.startswith(("registry.access.redhat.com/", "registry.redhat.io/", "docker.io/redhat/")):
        name = named.repository.rpartition("/")[2]
        return ROOT if _PLAIN_UBI.fullmatch(name) or name.startswith(("rhel", "openshift")) else "1001"
    for pattern, user in _OTHERS:
        if full == pattern or (pattern.endswith("*") and full.startswith(pattern[:-1])):
            return user
    return None


def drops_by_itself(named: Reference, program: str) -> bool:
    """Whether the image's own entrypoint becomes another user; `program` "" where that of the image is not replaced."""
    name = program.rpartition("/")[2]
    return (named.official or _of_platform(named)) in _DROPPING and (not program or name in _ENTRYPOINTS)


def _of_platform(named: Reference) -> str:
    folder, _, name = named.repository.partition("/")
    return name if named.registry == HUB and folder in _PLATFORMS and name in OFFICIAL else ""
