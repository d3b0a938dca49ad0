"""No report repeats a secret: whatever rule speaks, of whatever file."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from gates.container.quoting import key_of, masking, shown
from tests.container.judging.dockerfiles import scanner
from tests.container.support import findings, look, write

CASES = Path(__file__).parent / "cases"
# put together here, since nothing that looks like a secret may stand in a file
PASSWORD = "Tr33h0use" + "9kQwz"
TOKEN = "glpat-" + sha256(b"a planted token").hexdigest()[:20]
# names of files, images and packages that a token can stand in
PLANTED = (
    (re.compile(r"https?://(?=[a-z])"), f"https://user:{PASSWORD}@"),
    (re.compile(r"(https?://[a-z][^\s\"'|;&)>]*)"), rf"\1?private_token={TOKEN}"),
    (re.compile(r"(RUN |command: |- )(?=[a-z])"), rf"\1TOKEN={TOKEN} "),
    (re.compile(r"(install|add|curl|wget|chmod \S+|FROM|image:) (?=\S)"), rf"\1 {TOKEN} "),
    (re.compile(r"(/[a-z]+/)(?=[a-z])"), rf"\1{TOKEN}/"),
)


def _is_text(path: Path) -> bool:
    return path.is_file() and b"\0" not in path.read_bytes()


@pytest.mark.parametrize("number", range(len(PLANTED)))
def test_no_finding_repeats_what_is_planted(number: int, tmp_path: Path) -> None:
    pattern, replacement = PLANTED[number]
    files = {}
    for case in CASES.glob("*/fails-*"):
        for path in filter(_is_text, case.rglob("*")):
            text = path.read_text("utf-8", "surrogateescape")
            files[str(path.relative_to(CASES))] = pattern.sub(replacement, text).encode("utf-8", "surrogateescape")
    found = findings(look(write(tmp_path, files), profile="hardened"))
    assert len(found) > 100
    for each in found:
        said = "\n".join((each.message, each.remedy, each.subject, str(each.data)))
        assert PASSWORD[:8] not in said, each
        assert TOKEN[:12] not in said, each


def test_an_address_is_shown_without_login_and_query() -> None:
    assert shown(f"https://user:{PASSWORD}@example.com/a.tar?key={PASSWORD}#part") == "https://example.com/a.tar?…#part"
    assert shown(f"git+ssh://{PASSWORD}@example.com/a@v1") == "git+ssh://example.com/a@v1"
    assert PASSWORD not in key_of("ADD", f"https://user:{PASSWORD}@example.com/a")
    assert shown("https://example.com/@scope/name") == "https://example.com/@scope/name"


def test_a_secret_that_was_cut_is_hidden_too() -> None:
    mask = masking([f"RUN curl -H 'PRIVATE-TOKEN: {TOKEN}' https://example.com\n".encode()], scanner())
    assert mask(f"x {TOKEN[:15]}…") == f"x {'*' * 15}…"
    assert mask(f"`curl {TOKEN}`") == f"`curl {'*' * len(TOKEN)}`"
    assert mask("the group glpat stays") == "the group glpat stays"


def test_a_token_of_no_file_is_known_by_its_form() -> None:
    assert TOKEN not in masking([], scanner())(f"it fetches {TOKEN} from there")
