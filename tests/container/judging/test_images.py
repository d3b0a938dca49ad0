from __future__ import annotations

import pytest

from gates.container.spec import Build
from tests.container.judging.specs import doubts, hardened, ids, judged, open_, said, told

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize("image", ["python", "python:latest", "ghcr.io/acme/app", "registry.example:5000/app:latest", "acme/app"])
def test_an_image_without_a_version_is_told_of_once(image: str) -> None:
    assert told({"image": said(image)}) == {"base-untagged"}


@pytest.mark.parametrize("image", ["python:3.12.6-slim", "acme/app:1.2", "registry.example:5000/app:1"])
def test_a_tag_is_no_pin(image: str) -> None:
    assert told({"image": said(image)}) == {"base-not-pinned"}


@pytest.mark.parametrize(
    "image", [f"python@{DIGEST}", f"python:latest@{DIGEST}", f"ghcr.io/acme/app:1@{DIGEST}", DIGEST, "myapp:1.2", "scratch"]
)
def test_a_digest_is_and_what_only_we_can_have_needs_none(image: str) -> None:
    assert judged(hardened(image=said(image))) == []


def test_an_image_that_is_built_here_is_judged_with_its_dockerfile() -> None:
    assert judged(hardened(image=said("acme/app"), build=Build("", "Dockerfile"))) == []
    assert judged(hardened(image=said("acme/app:latest")), built=frozenset(("acme/app",))) == []
    assert judged(hardened(image=said("acme/app")), built=frozenset(("acme/app:dev",))) == []
    assert ids(judged(hardened(image=said("acme/app")), built=frozenset(("acme/other",)))) == {"base-untagged"}


def test_a_name_that_no_registry_has_is_a_doubt() -> None:
    assert doubts(judged(hardened(image=said("myapp")))) == {"base-untagged"}
    assert judged(hardened(image=said("myapp")), built=frozenset(("myapp",))) == []


def test_what_is_open_of_an_image_is_a_doubt_unless_a_digest_settles_it() -> None:
    for text in ("${IMAGE}", "python:${TAG}", "acme/${NAME}:1"):
        assert doubts(judged(hardened(image=open_(text)))) == {"base-untagged"}
    assert judged(hardened(image=open_(f"${{REGISTRY}}/app:1@{DIGEST}"))) == []
    assert judged(hardened(image=open_("acme/app:${TAG}")), built=frozenset(("acme/app:dev",))) == []


def test_a_default_counts() -> None:
    (defect,) = judged(hardened(image=said("python:latest", by_default=True, text="python:${TAG:-latest}")))
    assert "python:${TAG:-latest}" in defect.message
