from __future__ import annotations

import pytest
from hypothesis import given, strategies

from gates.container.references import Reference, reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("python", ("docker.io", "python", "", "")),
        ("python:3.12-slim", ("docker.io", "python", "3.12-slim", "")),
        ("library/python:3", ("docker.io", "python", "3", "")),
        ("docker.io/library/python:3", ("docker.io", "python", "3", "")),
        ("index.docker.io/acme/x", ("docker.io", "acme/x", "", "")),
        (f"python:3@{DIGEST}", ("docker.io", "python", "3", DIGEST)),
        (f"ghcr.io/acme/x@{DIGEST}", ("ghcr.io", "acme/x", "", DIGEST)),
        ("registry.example:5000/a/b:1", ("registry.example:5000", "a/b", "1", "")),
        ("localhost/a:1", ("localhost", "a", "1", "")),
        ("acme/app:1", ("docker.io", "acme/app", "1", "")),
        (DIGEST, ("", "", "", DIGEST)),
        (DIGEST[7:], ("", "", "", DIGEST)),
        ("python@sha256:short", ("docker.io", "python", "", "")),
        ("", ("docker.io", "", "", "")),
    ],
)
def test_a_reference_falls_into_its_parts(text: str, parts: tuple[str, str, str, str]) -> None:
    assert reference(text) == Reference(*parts)


def test_official_images_are_known_under_each_of_their_names() -> None:
    names = (
        "python",
        "library/python:3",
        "docker.io/library/python",
        "public.ecr.aws/docker/library/python:3",
        "mirror.gcr.io/library/python",
    )
    assert {reference(name).official for name in names} == {"python"}
    assert [reference(name).official for name in ("acme/python", "myapp", "ghcr.io/library/python")] == ["", "", ""]


def test_a_name_of_one_part_that_is_not_official_is_nobody_s_but_ours() -> None:
    assert reference("myapp").local
    assert not any(reference(name).local for name in ("python", "acme/myapp", "ghcr.io/myapp", DIGEST, ""))


def test_what_floats() -> None:
    assert all(reference(name).floating for name in ("python", "python:latest", "ghcr.io/a/b"))
    assert not any(reference(name).floating for name in ("python:3", f"python:latest@{DIGEST}", f"python@{DIGEST}"))


@given(strategies.text(max_size=80))
def test_nothing_is_too_odd(text: str) -> None:
    found = reference(text)
    assert found.official in ("", found.repository) or "/" in found.repository
