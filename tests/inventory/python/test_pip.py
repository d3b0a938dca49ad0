"""pip itself is the judge of what a requirements file says: whatever it would install is in the inventory, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gates.core.errors import UsageError
from gates.inventory.python.requirements import read_requirements

pip = pytest.importorskip("pip._internal.req.req_file", reason="pip is not installed")
session = pytest.importorskip("pip._internal.network.session", reason="pip is not installed")

HASH = "sha256:" + "0" * 64
heads = st.sampled_from(["a==1", "b == 2.0", "c===3", "d[x]==4 ; os_name == 'nt'", "e @ https://x.example.invalid/e.zip", "./f", "-e ./g"])
tails = st.sampled_from(
    ["", " ", " \\", "\\", " # note", "#note", " # note \\", f" --hash={HASH}", f" \\\n --hash={HASH}", f"\t--hash={HASH}"],
)
others = st.sampled_from(
    [
        *("", "# note", "#", "  # note \\", "\\", " \\ ", "--pre", "-i https://x.example.invalid", f"--hash={HASH}", "-c limits.txt"),
        *("-r other.txt", "-rother.txt", "--requirement=other.txt", "--requirement other.txt # note", "-f ./x -r other.txt"),
        *("--req other.txt", "a==1 -r other.txt", "--index-url x a==1"),
    ]
)
ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\\\n", " "])
texts = st.lists(st.tuples(st.one_of(st.tuples(heads, tails).map("".join), others), ends).map("".join), max_size=6).map("".join)
FILES = {"other.txt": b"z==26\n", "limits.txt": b"a==1\ny==25\n"}


def of_pip(path: Path) -> set[str]:
    """What pip would look for: names, and addresses or paths where it has none."""
    found: set[str] = set()
    for parsed in pip.parse_requirements(str(path), session.PipSession()):
        if not parsed.constraint:
            try:
                found.add(canonicalize_name(Requirement(parsed.requirement).name))
            except InvalidRequirement:
                found.add(parsed.requirement.partition("#")[0].partition(" ;")[0].strip())
    return found


@settings(max_examples=100)
@given(texts)
def test_nothing_that_pip_installs_is_missing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("pip")
    for name, data in {**FILES, "requirements.txt": text.encode()}.items():
        (folder / name).write_bytes(data)
    try:
        ours = read_requirements("requirements.txt", lambda name: (folder / name).read_bytes())
    except UsageError:
        return
    theirs = of_pip(folder / "requirements.txt")
    assert theirs <= {name for package in ours.packages for name in (package.name, package.source)}
    assert len(theirs) == len({package.source or package.name for package in ours.packages})
