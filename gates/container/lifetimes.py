"""How long releases of distributions and languages get fixes, for those that official images are made of.

From the schedules that the projects publish: https://wiki.debian.org/LTS, https://ubuntu.com/about/release-cycle,
https://alpinelinux.org/releases/, https://devguide.python.org/versions/, https://nodejs.org/en/about/previous-releases,
https://go.dev/doc/devel/release, https://www.php.net/supported-versions.php, https://www.ruby-lang.org/en/downloads/branches/,
https://www.postgresql.org/support/versioning/, https://www.mysql.com/support/, https://mariadb.org/about/,
https://www.mongodb.com/legal/support-policy/lifecycles, https://dotnet.microsoft.com/platform/support/policy and, for all,
https://endoflife.date. What is paid for (ELTS, Ubuntu Pro) does not count; Debian's own LTS does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from gates.core.patterns import lazy

MADE: Final = date(2026, 11, 21)
_FRESH: Final = timedelta(days=366)


class Ending(NamedTuple):
    """The last day with fixes."""

    product: str
    release: str
    last: date


def _dates(text: str) -> Mapping[str, date]:
    """Release and last day, by turns."""
    words = text.split()
    return {name: date.fromisoformat(day) for name, day in zip(words[::2], words[1::2], strict=True)}


# 9999: nobody has said when
_TABLE: Final[Mapping[str, Mapping[str, date]]] = {
    "debian": _dates(
        "4 2010-02-15 5 2012-02-06 6 2016-02-29 7 2018-05-31 8 2020-06-30 9 2022-06-30 10 2024-06-30 11 2026-08-31 12 2028-06-30"
        " 13 2030-06-30"
    ),
    "ubuntu": _dates(
        "10.04 2015-04-30 12.04 2017-04-28 14.04 2019-04-25 16.04 2021-04-30 16.10 2017-07-20 17.04 2018-01-13 17.10 2018-07-19"
        " 18.04 2023-05-31 18.10 2019-07-18 19.04 2020-01-23 19.10 2020-07-17 20.04 2025-05-31 20.10 2021-07-22 21.04 2022-01-20"
        " 21.10 2022-07-14 22.04 2027-06-01 22.10 2023-07-20 23.04 2024-01-25 23.10 2024-07-11 24.04 2029-05-31 24.10 2025-07-10"
        " 25.04 2026-01-15 25.10 2026-07-09 26.04 2031-05-31"
    ),
    "alpine": _dates(
        "2.7 2015-11-01 3.0 2016-05-01 3.1 2016-11-01 3.2 2017-05-01 3.3 2017-11-01 3.4 2018-05-01 3.5 2018-11-01 3.6 2019-05-01"
        " 3.7 2019-11-01 3.8 2020-05-01 3.9 2020-11-01 3.10 2021-05-01 3.11 2021-11-01 3.12 2022-05-01 3.13 2022-11-01 3.14 2023-05-01"
        " 3.15 2023-11-01 3.16 2024-05-23 3.17 2024-11-22 3.18 2025-05-09 3.19 2025-11-01 3.20 2026-04-01 3.21 2026-11-01 3.22 2027-05-01"
        " 3.23 2027-11-01"
    ),
    "centos": _dates("5 2017-03-31 6 2020-11-30 7 2024-06-30 8 2021-12-31"),
    "fedora": _dates(
        "30 2020-05-26 31 2020-11-24 32 2021-05-25 33 2021-11-30 34 2022-06-07 35 2022-12-13 36 2023-05-16 37 2023-12-05 38 2024-05-21"
        " 39 2024-11-26 40 2025-05-13 41 2025-12-15"
    ),
    "amazonlinux": _dates("1 2023-12-31 2 2026-06-30 2023 2029-06-30"),
    "python": _dates(
        "2.6 2013-10-29 2.7 2020-01-01 3.3 2017-09-29 3.4 2019-03-18 3.5 2020-09-30 3.6 2021-12-23 3.7 2023-06-27 3.8 2024-10-07"
        " 3.9 2025-10-31 3.10 2026-10-31 3.11 2027-10-31 3.12 2028-10-31 3.13 2029-10-31 3.14 2030-10-31"
    ),
    "node": _dates(
        "0.10 2016-10-31 0.12 2016-12-31 4 2018-04-30 5 2016-06-30 6 2019-04-30 7 2017-06-30 8 2019-12-31 9 2018-06-30 10 2021-04-30"
        " 11 2019-06-01 12 2022-04-30 13 2020-06-01 14 2023-04-30 15 2021-06-01 16 2023-09-11 17 2022-06-01 18 2025-04-30 19 2023-06-01"
        " 20 2026-04-30 21 2024-06-01 22 2027-04-30 23 2025-06-01 24 2028-04-30 25 2026-06-01 26 2029-04-30"
    ),
    "golang": _dates(
        "1.7 2017-08-24 1.8 2018-02-16 1.9 2018-08-24 1.10 2019-02-25 1.11 2019-09-03 1.12 2020-02-25 1.13 2020-08-11 1.14 2021-02-16"
        " 1.15 2021-08-16 1.16 2022-03-15 1.17 2022-08-02 1.18 2023-02-01 1.19 2023-08-08 1.20 2024-02-06 1.21 2024-08-13 1.22 2025-02-11"
        " 1.23 2025-08-12 1.24 2026-02-11"
    ),
    "php": _dates(
        "5.4 2015-09-03 5.5 2016-07-21 5.6 2018-12-31 7.0 2019-01-10 7.1 2019-12-01 7.2 2020-11-30 7.3 2021-12-06 7.4 2022-11-28"
        " 8.0 2023-11-26 8.1 2025-12-31 8.2 2026-12-31 8.3 2027-12-31 8.4 2028-12-31 8.5 2029-12-31"
    ),
    "ruby": _dates(
        "2.0 2016-02-24 2.1 2017-03-31 2.2 2018-03-31 2.3 2019-03-31 2.4 2020-03-31 2.5 2021-03-31 2.6 2022-04-12 2.7 2023-03-31"
        " 3.0 2024-04-23 3.1 2025-03-26 3.2 2026-03-31 3.3 2027-03-31 3.4 2028-03-31"
    ),
    "postgres": _dates(
        "9.1 2016-10-27 9.2 2017-11-09 9.3 2018-11-08 9.4 2020-02-13 9.5 2021-02-11 9.6 2021-11-11 10 2022-11-10 11 2023-11-09"
        " 12 2024-11-21 13 2025-11-13 14 2026-11-12 15 2027-11-11 16 2028-11-09 17 2029-11-08 18 2030-11-14"
    ),
    "mysql": _dates("5.5 2018-12-31 5.6 2021-02-05 5.7 2023-10-31 8.0 2026-04-30 8.4 2032-04-30"),
    "mariadb": _dates(
        "5.5 2020-04-11 10.0 2019-03-31 10.1 2020-10-17 10.2 2022-05-23 10.3 2023-05-25 10.4 2024-06-18 10.5 2025-06-24 10.6 2026-07-06"
        " 10.11 2028-02-16 11.4 2029-05-29 11.8 2028-06-04"
    ),
    "mongo": _dates(
        "3.2 2018-09-30 3.4 2020-01-31 3.6 2021-04-30 4.0 2022-04-30 4.2 2023-04-30 4.4 2024-02-29 5.0 2024-10-31 6.0 2025-07-31"
        " 7.0 2027-08-31 8.0 2029-10-31"
    ),
    # the image, not the language: its maintainers publish nothing after this day
    "openjdk": _dates("7 2022-07-31 8 2022-07-31 11 2022-07-31 17 2022-07-31 18 2022-09-20"),
    "dotnet": _dates(
        "1.0 2019-06-27 1.1 2019-06-27 2.0 2018-10-01 2.1 2021-08-21 2.2 2019-12-23"
        " 3.0 2020-03-03 3.1 2022-12-13 5.0 2022-05-10 6.0 2024-11-12 7.0 2024-05-14 8.0 2026-11-10 9.0 2026-11-10"
        " 10.0 2028-11-14"
    ),
    "centos-stream": _dates("8 2024-05-31 9 2027-05-31"),
    "rhel": _dates("5 2017-03-31 6 2020-11-30 7 2024-06-30 8 2029-05-31 9 2032-05-31"),
    "opensuse": _dates(
        "42.1 2017-05-17 42.2 2018-01-26 42.3 2019-07-01 15.0 2019-12-03 15.1 2021-02-02 15.2 2022-01-04 15.3 2022-12-31 15.4 2023-12-07"
        " 15.5 2024-12-31 15.6 2026-04-30 16.0 2027-10-31"
    ),
    "redis": _dates("3 2018-10-17 4 2020-04-30 5 2022-04-27 6.0 2022-05-31 6.2 9999-12-31 7.0 2024-07-29 7.2 9999-12-31"),
    "nginx": _dates(
        "1.10 2017-04-12 1.12 2018-04-17 1.14 2019-04-23 1.16 2020-04-21 1.18 2021-04-20 1.20 2022-05-24 1.21 2022-06-21 1.22 2023-04-11"
        " 1.23 2023-05-23 1.24 2024-04-23 1.25 2024-05-29 1.26 2025-04-23 1.27 2025-06-24 1.28 2026-04-14 1.29 2026-05-13 1.30 9999-12-31"
    ),
    "elasticsearch": _dates("5 2019-03-11 6 2022-02-10 7 2026-01-15"),
    "erlang": _dates("18 2018-11-09 19 2019-06-21 20 2020-06-21 21 2021-06-19 22 2022-05-10 23 2023-06-05 24 2024-05-10 25 2025-05-17"),
    "elixir": _dates(
        "1.4 2019-06-24 1.5 2020-01-27 1.6 2020-10-06 1.7 2021-05-19 1.8 2021-12-03 1.9 2022-09-01 1.10 2023-06-19 1.30 9999-12-31"
    ),
    # three years from the release
    "perl": _dates(
        "5.20 2017-05-27 5.22 2018-06-01 5.24 2019-05-09 5.26 2020-05-30 5.28 2021-06-23 5.30 2022-05-22 5.32 2023-06-20 5.34 2024-05-20"
        " 5.36 2025-05-27 5.38 2026-07-02 5.40 2027-06-09 5.42 2028-07-03"
    ),
}
_DEBIAN: Final = ("etch", "lenny", "squeeze", "wheezy", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie")  # from 4 on
_CODENAMES: Final[Mapping[str, tuple[str, str]]] = {
    **{name: ("debian", str(number)) for number, name in enumerate(_DEBIAN, 4)},
    "trusty": ("ubuntu", "14.04"),
    "xenial": ("ubuntu", "16.04"),
    "bionic": ("ubuntu", "18.04"),
    "focal": ("ubuntu", "20.04"),
    "jammy": ("ubuntu", "22.04"),
    "noble": ("ubuntu", "24.04"),
}
_NODE: Final = ("argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium", "hydrogen", "iron", "jod", "krypton")  # 4, 6, …
# what others' images of the same programs are called
_COPIES: Final = ("bitnami", "bitnamilegacy", "bitnamisecure", "amd64", "arm32v7", "arm64v8", "i386", "ppc64le", "riscv64", "s390x")
_NAMES: Final[Mapping[str, str]] = {"mongodb": "mongo", "postgresql": "postgres"}
_ELASTIC: Final = ("docker.elastic.co/elasticsearch/elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch-oss")
_DOTNET: Final = ("dotnet/sdk", "dotnet/aspnet", "dotnet/runtime", "dotnet/runtime-deps", "dotnet/monitor")
_OLD_DOTNET: Final = ("dotnet/core/sdk", "dotnet/core/aspnet", "dotnet/core/runtime", "dotnet/core/runtime-deps")
_VERSION = lazy(r"v?([0-9]+(?:\.[0-9]+){0,3})")
_ALPINE = lazy(r"alpine([0-9]+\.[0-9]+)")
_CENTOS = lazy(r"centos([0-9]+(?:\.[0-9]+)*)")
_STREAM = lazy(r"stream([0-9]+)")
_UBI = lazy(r"(?:.*/)?(?:ubi|rhel)([5-9])(?:[/-].*)?")
_DISTROLESS = lazy(r"distroless/.*-debian([0-9]+)")


def endings(product: str, tag: str) -> tuple[Ending, ...]:
    """What a tag of an official image is made of, as far as it is told and in the table: `3.12.6-slim-bullseye` of python is Python 3.12
    on Debian 11.
    """
    first, *rest = tag.split("-")
    found: list[tuple[str, str]] = []
    if product in _TABLE and (match := _VERSION.fullmatch(first)):
        found.append((product, match[1]))
    if product == "node" and first in _NODE:
        found.append(("node", str(4 + 2 * _NODE.index(first))))
    for part in (first, *rest):
        if product == "centos" and (match := _CENTOS.fullmatch(part)):
            found.append(("centos", match[1]))
        elif product == "centos" and (match := _STREAM.fullmatch(part)):
            found.append(("centos-stream", match[1]))
        elif part in _CODENAMES:
            found.append(_CODENAMES[part])
        elif match := _ALPINE.fullmatch(part):
            found.append(("alpine", match[1]))
    if product in ("nvidia/cuda",):
        found += [("ubuntu", part.removeprefix("ubuntu")) for part in rest if part.startswith("ubuntu")]
    return tuple(ending for name, version in dict.fromkeys(found) if (ending := _ending(name, version)))


def endings_by_name(registry: str, repository: str) -> tuple[Ending, ...]:
    """For images whose name tells the release, whatever the tag: `ubi7/ubi`, `distroless/base-debian10`."""
    found: tuple[str, str] | None = None
    if registry in ("registry.access.redhat.com", "registry.redhat.io") or repository.startswith("redhat/"):
        match = _UBI.fullmatch(repository)
        found = ("rhel", match[1]) if match else None
    elif registry == "gcr.io":
        match = _DISTROLESS.fullmatch(repository)
        found = ("debian", match[1]) if match else None
    ending = _ending(*found) if found else None
    return (ending,) if ending else ()


def is_stale(today: date) -> bool:
    """Whether the table is too old to say of a release that it is still supported."""
    return today > MADE + _FRESH


def product_of(registry: str, repository: str, official: str) -> str:
    """The table's name of what an image is, "" for one that it knows nothing of."""
    if official:
        return official if official in _TABLE or official in _BUILT_ON else ""
    if registry == "mcr.microsoft.com" and repository in (*_DOTNET, *_OLD_DOTNET):
        return "dotnet"
    if f"{registry}/{repository}" in ("quay.io/centos/centos", "docker.io/opensuse/leap", "registry.opensuse.org/opensuse/leap"):
        return "centos" if registry == "quay.io" else "opensuse"
    if f"{registry}/{repository}" in _ELASTIC:
        return "elasticsearch"
    folder, _, name = repository.partition("/")
    if registry == "docker.io" and folder in _COPIES:
        name = _NAMES.get(name, name)
        return name if name in _TABLE or (name in _BUILT_ON and not folder.startswith("bitnami")) else ""
    return "nvidia/cuda" if repository == "nvidia/cuda" else ""


# official images whose tags tell the distribution they are built on
_BUILT_ON: Final = frozenset(
    (
        *("buildpack-deps", "httpd", "rust", "gcc", "haproxy", "memcached", "rabbitmq", "tomcat", "maven"),
        *("eclipse-temurin", "amazoncorretto", "julia", "haskell", "wordpress", "drupal", "ghost", "pypy", "docker"),
        *("traefik", "caddy", "swift", "gradle", "jruby", "clojure", "cassandra", "neo4j", "composer", "bash", "influxdb", "telegraf"),
    )
)


def _ending(product: str, version: str) -> Ending | None:
    """By the longest beginning of the version that the table has: 3.12.6 is of 3.12, 22.11.0 of 22. A version that says less than the
    table, as python:2 does, is the newest that begins so; where that is the newest of all there may be a newer one by now.
    """
    table = _TABLE[product]
    numbers = version.split(".")
    for length in range(len(numbers), 0, -1):
        release = ".".join(numbers[:length])
        if release in table:
            return Ending(product, release, table[release])
    newest = [release for release in table if release.startswith(f"{version}.")][-1:]
    if not newest or newest == [*table][-1:]:
        return None
    return Ending(product, version, table[newest[0]])
