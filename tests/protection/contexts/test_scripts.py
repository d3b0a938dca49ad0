from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.protection.contexts import scripts


@pytest.mark.parametrize(
    "script",
    [
        "",
        "echo done",
        "echo 'all | good && fine'; true",
        "printf '%s\\n' \"${{ toJSON(needs) }}\"",
        "# exit 1\necho done",
        'if [ "$X" != success ]; then\n  echo failed\nelse\n  echo fine\nfi',
        'if [[ "$X" == failure ]] || [[ "$Y" == failure ]]; then echo failed; fi',
        "make check || true",
        "exit 0",
        "X=1\nexport Y=2\necho $X > out.txt 2>&1",
        'for x in a b; do\n  echo "$x"\ndone',
        "echo a \\\n  b",
        'echo "$(date)"',
    ],
)
def test_what_cannot_fail(script: str) -> None:
    assert not scripts.can_fail(script)


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo failed; exit 1",
        'exit "$STATUS"',
        "exit ${{ contains(needs.*.result, 'failure') && 1 || 0 }}",
        "false",
        "make check",
        '[ "$X" = success ]',
        'test "$X" = success || exit 1',
        'if [ "$X" != success ]; then exit 1; fi',
        "grep -q success <<< $X",
        "X=$(make check)",
        "cat <<EOF\ntext\nEOF",
        'case "$X" in success) ;; *) exit 1;; esac',
        "check() { exit 1; }\ncheck",
        "echo a | jq -e .",
        "(exit 1)",
        "echo 'no end",
        "true && false",
    ],
)
def test_what_may_fail(script: str) -> None:
    assert scripts.can_fail(script)


@pytest.mark.parametrize(("script", "expected"), [("echo a; exit 1", False), ("test a = b", False), ("make", True), ("X=1 make", True)])
def test_what_does_more_than_to_print_and_to_test(script: str, expected: bool) -> None:
    assert scripts.works(script) is expected


@given(st.text(alphabet=" \n\\'\"`$(){}[]|&;#<>=aif\0exit1", max_size=60))
def test_any_text_has_an_answer(script: str) -> None:
    assert scripts.can_fail(script) in (True, False)
    assert scripts.works(script) in (True, False)
