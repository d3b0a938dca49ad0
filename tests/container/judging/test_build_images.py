from datetime import date

import pytest

from gates.container.lifetimes import endings
from tests.container.judging.dockerfiles import defects, lines, of


@pytest.mark.parametrize(
    ("image", "rules"),
    [
        ("debian", {"base-untagged"}),
        ("node:latest", {"base-untagged"}),
        ("node:24", {"base-not-pinned"}),
        ("node:24@sha256:" + "0" * 64, set()),
        ("scratch", set()),
        ("ghcr.io/acme/tool", {"base-untagged"}),
        ("python:3.12.6-slim-bullseye", {"base-not-pinned", "base-end-of-life"}),
        ("python:3.14-slim@sha256:" + "0" * 64, set()),
        ("python:3.8@sha256:" + "0" * 64, {"base-end-of-life"}),
    ],
)
def test_images_that_stages_are_built_from(image: str, rules: set[str]) -> None:
    found = defects(f"FROM {image}\nUSER 7\n")
    assert {defect.rule.id.removeprefix("container/") for defect in found if "base" in defect.rule.id} == rules


def test_stages_are_no_images_and_images_are_also_copied_from() -> None:
    text = (
        "FROM debian:13 AS Base\nFROM base AS b2\nCOPY --from=BASE /x /x\nCOPY --from=0 /x /x\nCOPY --from=ghcr.io/acme/x /x /x\nUSER 7\n"
    )
    assert lines("base-untagged", text) == [5]
    assert lines("base-not-pinned", text) == [1]


def test_a_base_that_is_not_told_cannot_be_judged() -> None:
    (found,) = of("base-untagged", defects("ARG BASE\nFROM $BASE\nUSER 7\n"))
    assert not found.resolved
    (found,) = of("base-untagged", defects("FROM built-here\nUSER 7\n"))
    assert not found.resolved
    assert not of("base-untagged", defects("ARG V\nFROM debian:${V}@sha256:" + "0" * 64 + "\nUSER 7\n"))


@pytest.mark.parametrize(
    ("product", "tag", "found"),
    [
        ("python", "3.12.6-slim-bullseye", [("python", "3.12"), ("debian", "11")]),
        ("python", "3.12-alpine3.17", [("python", "3.12"), ("alpine", "3.17")]),
        ("debian", "buster-20240101-slim", [("debian", "10")]),
        ("debian", "11.6-slim", [("debian", "11")]),
        ("ubuntu", "22.04", [("ubuntu", "22.04")]),
        ("ubuntu", "focal", [("ubuntu", "20.04")]),
        ("alpine", "3.18.4", [("alpine", "3.18")]),
        ("node", "18.20.1-bookworm", [("node", "18"), ("debian", "12")]),
        ("node", "lts", []),
        ("golang", "1", []),
        ("python", "2", [("python", "2")]),
        ("python", "3.99", []),
        ("nginx", "1.27-bookworm", [("nginx", "1.27"), ("debian", "12")]),
        ("nvidia/cuda", "12.1.0-base-ubuntu20.04", [("ubuntu", "20.04")]),
    ],
)
def test_what_a_tag_is_made_of(product: str, tag: str, found: list[tuple[str, str]]) -> None:
    assert [(ending.product, ending.release) for ending in endings(product, tag)] == found


def test_a_release_counts_on_its_last_day() -> None:
    text = "FROM alpine:3.21\nUSER 7\n"
    assert not of("base-end-of-life", defects(text, today=date(2026, 11, 1)))
    assert of("base-end-of-life", defects(text, today=date(2026, 11, 2)))


def test_an_old_table_does_not_vouch_for_a_release() -> None:
    found = of("base-end-of-life", defects("FROM alpine:3.99\nUSER 7\n", today=date(2029, 1, 1)))
    assert [defect.resolved for defect in found] == [False]


@pytest.mark.parametrize(
    "name",
    [
        *("node:fermium", "node:carbon-slim", "centos:centos7", "quay.io/centos/centos:stream8", "registry.access.redhat.com/ubi7/ubi:7.9"),
        *("gcr.io/distroless/base-debian10", "mcr.microsoft.com/dotnet/core/sdk:2.1", "opensuse/leap:15.2", "redis:5", "nginx:1.14"),
        *("elasticsearch:6.8.0", "bitnami/node:14", "arm64v8/alpine:3.12", "erlang:21", "elixir:1.10-slim", "perl:5.20"),
        *("docker.elastic.co/elasticsearch/elasticsearch:6.8.23", "registry.access.redhat.com/rhel7"),
    ],
)
def test_names_of_releases_without_fixes(name: str) -> None:
    assert lines("base-end-of-life", f"FROM {name}\nUSER 7\n") == [1]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "node:krypton",
            "redis:6",
            "redis:7-alpine",
            "redis:8",
            "nginx:1",
            "nginx:1.30",
            "nginx:1.31",
            "elixir:1",
            "elixir:1.15",
            "perl:5",
        ),
        *("quay.io/centos/centos:stream9", "registry.access.redhat.com/ubi9/ubi:9.6", "gcr.io/distroless/base-debian13:nonroot"),
        *("bitnami/redis:7.4", "opensuse/leap:16.0", "elasticsearch:8.1.0", "erlang:28", "perl:5", "redhat/ubi9-minimal:9.6"),
    ],
)
def test_names_of_releases_with_fixes(name: str) -> None:
    assert not lines("base-end-of-life", f"FROM {name}\nUSER 7\n")


def test_an_official_image_that_is_taken_from_without_a_tag() -> None:
    text = "FROM debian:13\nRUN --mount=type=bind,from=nginx,target=/x true\nCOPY --from=composer /usr/bin/composer /usr/bin/\n"
    assert lines("base-untagged", text) == [2, 3]
    assert not lines("base-untagged", "FROM debian:13\nCOPY --from=assets / /x\nRUN --mount=type=bind,from=src,target=/x true\n")
    assert not lines("base-untagged", "FROM debian:13 AS nginx\nFROM debian:13\nCOPY --from=nginx / /x\n")
