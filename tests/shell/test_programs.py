from __future__ import annotations

import pytest

from gates.shell.parsing import read
from gates.shell.programs import MAX_LEVELS, MAX_WRAPPERS, effective, nested, options, unfolded


@pytest.mark.parametrize(
    ("text", "expected", "wrappers"),
    [
        ("docker run x", "docker run x", ""),
        ("A=b /usr/bin/docker run x", "docker run x", ""),
        ("sudo -E -u root A=b docker run x", "docker run x", "sudo"),
        ("sudo -nu root docker", "docker", "sudo"),
        ("sudo --user root -- docker", "docker", "sudo"),
        ("sudo --user=root docker", "docker", "sudo"),
        ("doas -u a docker", "docker", "doas"),
        ("$SUDO docker", "docker", "$SUDO"),
        ("${MAYBE_SUDO:-} docker", "docker", "${MAYBE_SUDO:-}"),
        ("env -i -u A B=c - docker", "docker", "env"),
        ("env -S 'docker run' x", "docker run x", "env"),
        ("exec -a name docker", "docker", "exec"),
        ("exec docker", "docker", "exec"),
        ("exec", "exec", ""),
        ("command docker", "docker", "command"),
        ("command -v docker", "command -v docker", ""),
        ("time -p docker", "docker", "time"),
        ("nice -n 5 docker", "docker", "nice"),
        ("nice -10 nohup docker", "docker", "nice nohup"),
        ("timeout -k 5 --signal=KILL 10m docker run", "docker run", "timeout"),
        ("xargs -0 -I {} -P4 docker rm {}", "docker rm {}", "xargs"),
        ("busybox wget a", "wget a", "busybox"),
        ("exec gosu app:app program -x", "program -x", "exec gosu"),
        ("su-exec 1000 program", "program", "su-exec"),
        ("setpriv --reuid=1 --regid 2 --clear-groups program", "program", "setpriv"),
        ("setpriv -d", "setpriv -d", ""),
        ("runuser -u app -- program -c", "program -c", "runuser"),
        ("runuser app -c program", "runuser app -c program", ""),
        ("capsh --drop=all -- -c 'a b'", "bash -c a b", "capsh"),
        ("chroot --userspec=a /b program", "program", "chroot"),
        ("flock -n /a program", "program", "flock"),
        ("flock 9", "flock 9", ""),
        ("tini -g -- program", "program", "tini"),
        ("stdbuf -oL -e 0 program", "program", "stdbuf"),
        ("\\docker run", "docker run", ""),
        ('"$a/docker" run', "docker run", ""),
        ("$(which docker) run", "$(which docker) run", ""),
        (">a", "", ""),
    ],
)
def test_effective(text: str, expected: str, wrappers: str) -> None:
    invocation = effective(read(text).commands[0])
    assert " ".join([invocation.program, *(word.text for word in invocation.arguments)]) == expected
    assert " ".join(invocation.wrappers) == wrappers
    assert len(invocation.stepped_over) == len(invocation.wrappers)


def test_assignments_of_wrappers_are_told() -> None:
    invocation = effective(read("A=b sudo C=d env -u E F=g program H=i").commands[0])
    assert [(each.name, each.value.text) for each in invocation.assignments] == [("A", "b"), ("C", "d"), ("F", "g")]
    assert [[word.text for word in words] for words in invocation.stepped_over] == [["sudo", "C=d"], ["env", "-u", "E", "F=g"]]
    assert invocation.word is not None
    assert invocation.word.column == read("A=b sudo C=d env -u E F=g program H=i").commands[0].words[-2].column


def test_wrappers_are_bounded() -> None:
    assert effective(read("sudo " * 100_000 + "a").commands[0]).wrappers == ("sudo",) * MAX_WRAPPERS


def test_options() -> None:
    words = read("x -abv1 -o two --three=3 --four 4 five -- -6").commands[0].words[1:]
    found = options(words, frozenset({"-v", "-o", "--four"}))
    assert [(each.name, each.value.text if each.value else None) for each in found.options] == [
        ("-a", None),
        ("-b", None),
        ("-v", "1"),
        ("-o", "two"),
        ("--three", "3"),
        ("--four", "4"),
    ]
    assert [word.text for word in found.operands] == ["five", "-6"]
    value = found.option("-v")
    assert value is not None
    assert value.value is not None
    assert value.value.column == 7
    assert [word.text for word in options(words[:1] + words[6:], frozenset(), permute=False).operands] == ["five", "--", "-6"]
    assert options(read("x - -v").commands[0].words[1:], frozenset({"-v"})).options[0].value is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sh -c 'a b'", "a b"),
        ("bash -euxo pipefail -c 'a' b", "a"),
        ("bash -lc a", "a"),
        ("bash +e -o pipefail -c a", "a"),
        ("sudo /bin/bash --norc -c 'a'", "a"),
        ("bash a.sh -c b", None),
        ("bash <<X\na\nX", "a\n"),
        ("bash -s x <<'X'\na\nX", "a\n"),
        ("sh <<< 'a b'", "a b"),
        ("sh a.sh <<X\na\nX", None),
        ("cat <<X\na\nX", None),
        ("eval 'a' b", "a b"),
        ("su - app -c 'a b'", "a b"),
        ("runuser app -c a", "a"),
        ("trap 'a' EXIT", "a"),
        ("trap - EXIT", None),
        ("watch -n 5 a b", "a b"),
        ("flock /x -c 'a'", "a"),
        ("script -qc 'a' /dev/null", "a"),
        ("capsh -- -c 'a'", "a"),
        ("a -c b", None),
    ],
)
def test_nested(text: str, expected: str | None) -> None:
    found = nested(read(text).commands[0])
    assert (found.text if found else None) == expected


def test_unfolded() -> None:
    script = unfolded(read("a\nsh -c 'b | c\nd $(e)' | f\nfind . -exec sh -c 'g' \\; -o -exec h {} +"))
    assert not script.problems
    by_name = {command.program: (place, command) for place, command in enumerate(script.commands)}
    assert [command.program for command in script.commands] == ["a", "sh", "f", "find", "b", "c", "d", "e", "sh", "h", "g"]
    assert by_name["b"][1].holder == 1
    assert by_name["e"][1].holder == by_name["d"][0]
    assert by_name["d"][1].line == 3
    assert by_name["b"][1].within == ("substitution",)
    assert by_name["b"][1].feeds(by_name["c"][1])
    assert by_name["b"][1].feeds(by_name["f"][1])
    assert not by_name["a"][1].feeds(by_name["f"][1])


def test_scripts_in_scripts_are_bounded() -> None:
    text = "a"
    for _ in range(MAX_LEVELS + 2):
        text = f"eval {text}"
    assert unfolded(read(text)).problems
    assert unfolded(read('sh -c "a \'b"')).problems
