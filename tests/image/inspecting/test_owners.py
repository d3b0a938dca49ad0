"""Databases of package managers, whatever is written in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.image.inspecting.lanes import digests_of
from gates.image.inspecting.owners import File, Owners

DATABASES = (
    "var/lib/dpkg/info/libc6:amd64.md5sums",
    "var/lib/dpkg/status.d/base-files.md5sums",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/base-files",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    "usr/local/lib/python3.12/site-packages/pip-24.0.dist-info/RECORD",
    "usr/local/lib/python3.12/site-packages/pip-24.0.dist-info/direct_url.json",
)


@pytest.mark.parametrize("path", DATABASES)
def test_wanted(path: str) -> None:
    assert Owners().wants(path)


@pytest.mark.parametrize(
    "path", ["srv/status", "a/installed", "a/RECORD", "a/direct_url.json", "var/lib/dpkg/info/libc6.list", "x.md5sums"]
)
def test_not_wanted(path: str) -> None:
    assert not Owners().wants(path)


@given(st.sampled_from(DATABASES), st.binary(max_size=80) | st.text(alphabet="PFRZ:Q1/a \n,=", max_size=80).map(str.encode))
def test_any_content_is_read_and_vouches_for_nothing(path: str, data: bytes) -> None:
    owners = Owners()
    owners.take(path, data)
    files = [File(each, digests_of(b"content")) for each in ("usr/bin/a", "a", "usr/local/lib/python3.12/site-packages/a")]
    assert owners.packages([*files, File("a", None)]) == {}
