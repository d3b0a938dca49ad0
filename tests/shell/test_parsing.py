from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.shell.command import Command, Script
from gates.shell.cursor import MAX_DEPTH
from gates.shell.parsing import read
from gates.shell.programs import effective, unfolded
from tests.shell import bash


def script(text: str) -> Script:
    found = read(text)
    assert not found.problems, found.problems
    return found


def shown(command: Command) -> str:
    """before, surroundings, words: `| if,group: a b`."""
    within = ",".join(command.within)
    head = f"{command.before} {within}".strip()
    words = " ".join(word.text for word in command.words)
    return f"{head}: {words}".strip() if head else words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; b & c && d || e | f |& g\nh", ["a", ";: b", "&: c", "&&: d", "||: e", "|: f", "|: g", ";: h"]),
        ("a &&\n\n b |\n# c\n d", ["a", "&&: b", "|: d"]),
        ("if a; then b; elif c; then d; else e; fi; f", ["if: a", "if: b", "if: c", "if: d", "if: e", ";: f"]),
        ("while a; do b; done; until c; do d; done", ["loop: a", "loop: b", "loop: c", "loop: d"]),
        ("for x in 1 2; do a; done; for x; do b; done; for x do c; done", ["loop: a", "loop: b", "loop: c"]),
        ("for ((i=0; i<3; i++)); do a; done; for x in b; { c; }", ["loop: a", "loop: c"]),
        ("select x in a b; do c; done", ["loop: c"]),
        ("case $x in a|'b c') d;; (e) f ;& g) h ;;& *) i; j; esac; k", ["case: d", "case: f", "case: h", "case: i", "; case: j", ";: k"]),
        ("case x in a) ;; esac", []),
        ("case x in esac", []),
        ("(a; b); { c; }", ["subshell: a", "; subshell: b", "group: c"]),
        ("a() { b; }; function c { d; }; function e() ( f )", ["function,group: b", "function,group: d", "function,subshell: f"]),
        ("( (a) ); ((a); b)", ["subshell,subshell: a", "subshell,subshell: a", "; subshell: b"]),
        ("(( 1 + (2) )) && a", ["((  1 + (2) ", "&&: a"]),
        ("[[ a == b* && ! ( -f c ) ]] || d", ["[[ a == b* && ! ( -f c ) ]]", "||: d"]),
        ("[[ $a =~ ^(b c|d<e)$ ]]", ["[[ $a =~ ^(b c|d<e)$ ]]"]),
        ("time -p { a; }; time b", ["group: a", ";: time b"]),
        ("coproc A { b; }; coproc c d", ["group: b", ";: c d"]),
        ("a $(b; c `d`) e", ["a $(b; c `d`) e", "substitution: b", "; substitution: c `d`", "substitution,substitution: d"]),
        ("a <(b | c)", ["a <(b | c)", "substitution: b", "| substitution: c"]),
        ('a "${b:-$(c)}" $((d + $(e)))', ["a ${b:-$(c)} $((d + $(e)))", "substitution: c", "substitution: e"]),
        ("a $((b);(c))", ["a $((b);(c))", "substitution,subshell: b", "substitution,subshell: c"]),
        ("a=$(b) c=(d $(e) 'f g')", ["", "substitution: b", "substitution: e"]),
        ("for x in $(a); do b; done", ["substitution: a", "loop: b"]),
        ("a ${ b; c; }", ["a ${ b; c; }", "substitution: b", "; substitution: c"]),
        ("i\\\nf a; th\\\nen b; f\\\ni", ["if: a", "if: b"]),
        ("if (a) then (b) fi", ["if,subshell: a", "if,subshell: b"]),
        ("echo if then fi; if_ a", ["echo if then fi", ";: if_ a"]),
        ("'if' a; \\then b", ["if a", ";: then b"]),
    ],
)
def test_commands(text: str, expected: list[str]) -> None:
    found = script(text).commands
    # the first command of what a compound command holds begins a body
    assert [shown(command) for command in found] == expected


def test_assignments() -> None:
    command = script("a=1 b='x y' c+=$d e[0]=f PATH=*:/bin g h=i").commands[0]
    assert [(each.name, each.value.text, each.value.dynamic) for each in command.assignments] == [
        ("a", "1", False),
        ("b", "x y", False),
        ("c", "$d", True),
        ("e", "f", False),
        ("PATH", "*:/bin", False),
    ]
    assert [word.text for word in command.words] == ["g", "h=i"]
    assert command.assignments[1].value.column == 7
    assert script("x=(a\n # b\n 'c d' [e]=f)").commands[0].assignments[0].value.text == "(a\n # b\n 'c d' [e]=f)"
    assert [word.text for word in script("declare -A x=([a]=b)").commands[0].words] == ["declare", "-A", "x=([a]=b)"]


def test_redirects() -> None:
    command = script("<a x 2>&1 >b 3<>c >|d &>>e {fd}<f <<<'g h' >&- y 2").commands[0]
    assert [(each.operator, each.descriptor, each.target.text) for each in command.redirects] == [
        ("<", "", "a"),
        (">&", "2", "1"),
        (">", "", "b"),
        ("<>", "3", "c"),
        (">|", "", "d"),
        ("&>>", "", "e"),
        ("<", "{fd}", "f"),
        ("<<<", "", "g h"),
        (">&", "", "-"),
    ]
    assert [word.text for word in command.words] == ["x", "y", "2"]


def test_redirects_of_a_compound_command_follow_its_body() -> None:
    found = script("while a; do b; done < <(c) 2>d; e").commands
    assert [shown(command) for command in found] == ["loop: a", "loop: b", "; loop:", "loop,substitution: c", ";: e"]
    assert [each.target.text for each in found[2].redirects] == ["<(c)", "d"]


def test_here_documents() -> None:
    found = script("a <<X <<-'Y' | b <<\\Z; c\n$(d)\nX\n\t$(e)\n\tY\n`f`\nZ\ng").commands
    assert [shown(command) for command in found] == ["a", "|: b", ";: c", "substitution: d", ";: g"]
    bodies = [(each.target.text, each.body, each.body_line) for command in found for each in command.redirects]
    assert bodies == [("X", "$(d)\n", 2), ("Y", "$(e)\n", 4), ("Z", "`f`\n", 6)]
    assert found[3].holder == 0
    assert found[3].line == 2


def test_a_here_document_ends_where_bash_ends_it() -> None:
    # a line that goes on swallows the end, unless the delimiter is quoted
    assert [shown(each) for each in script("a <<X\nb\\\nX\nc\nX\nd").commands] == ["a", ";: d"]
    assert [shown(each) for each in script("a <<'X'\nb\\\nX\nc").commands] == ["a", ";: c"]
    assert script("a <<X\n X\nX \nX\n").commands[0].redirects[0].body == " X\nX \n"


def test_a_here_document_in_a_substitution() -> None:
    found = script('a "$(b <<X\n) " c\nX\n)" d').commands
    assert [shown(command) for command in found] == ['a $(b <<X\n) " c\nX\n) d', "substitution: b"]
    assert found[1].redirects[0].body == ') " c\n'


def test_pipelines() -> None:
    found = script("a | (b; c | d) | e; f").commands
    by_name = {command.program: command for command in found}
    assert by_name["a"].feeds(by_name["b"])
    assert by_name["a"].feeds(by_name["d"])
    assert by_name["b"].feeds(by_name["e"])
    assert by_name["c"].feeds(by_name["d"])
    assert not by_name["b"].feeds(by_name["c"])
    assert not by_name["d"].feeds(by_name["a"])
    assert not by_name["a"].feeds(by_name["f"])
    assert by_name["c"].pipeline == by_name["d"].pipeline
    found = script("a $(b) | c").commands
    assert not found[1].feeds(found[2])
    assert found[0].feeds(found[2])


def test_holders_and_conditions() -> None:
    found = script("if a $(b); then c; else d; fi; e `f $(g)`").commands
    assert [(command.program, command.holder, command.condition) for command in found] == [
        ("a", -1, True),
        ("b", 0, False),
        ("c", -1, False),
        ("d", -1, False),
        ("e", -1, False),
        ("f", 4, False),
        ("g", 5, False),
    ]


def test_negation() -> None:
    assert [command.negated for command in script("! a | b; ! ! c; d").commands] == [True, True, False, False]


def test_lines() -> None:
    text = "a \\\n b\n\nif c\nthen\n  d\nfi\n`e\nf`"
    assert [(command.program, command.line) for command in script(text).commands] == [
        ("a", 1),
        ("c", 4),
        ("d", 6),
        ("`e\nf`", 8),
        ("e", 8),
        ("f", 9),
    ]


@pytest.mark.parametrize(
    ("text", "programs", "line"),
    [
        ("a\nb 'c", ["a"], 2),
        ('a\n\nb "c', ["a"], 3),
        ("a; b $(c", ["a", "c"], 1),
        ("a; b `c", ["a"], 1),
        ("a; b ${c", ["a"], 1),
        ("a\nif b; then c", ["a", "b", "c"], 2),
        ("a; fi", ["a"], 1),
        ("a; }", ["a"], 1),
        ("a; )", ["a"], 1),
        ("a &&", ["a"], 1),
        ("a | ; b", ["a"], 1),
        ("a\n; b", ["a"], 2),
        ("a > ; b", [], 1),
        ("( )", [], 1),
        ("if a; then fi", ["a"], 1),
        ("case a in b c) d;; esac", [], 1),
        ("case a b", [], 1),
        ("for x in a b c\nd", [], 2),
        ("a <<X\nb", ["a"], 1),
        ("a <<X", ["a"], 1),
        ("[[ a", [], 1),
        ("((a)", ["a"], 1),
        ("x=(a", [], 1),
        ("x=(a;b)", [], 1),
        ("a `b 'c` d", ["a"], 1),
        ("a ${{ b", [], 1),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, programs: list[str], line: int) -> None:
    found = read(text)
    assert found.problems
    assert found.problems[0].line == line
    assert [command.program for command in found.commands if command.words] == programs


# a blank is written _
HOSTILE = """
( (( $( ${ ` " ' "$( $(( $((a)_ a_ a; \\ { if_ if_a;then_ case_x_in_ <<A_ x=( x=(a)_ a[]=(x) [ [a {a, * ! time_ $'a'_ $' # &&
a| a& ; 1 1>a_ <(a)_ <( @( @(a) [[_ [[_a_]]; [[_a_=~_( ${{ ${{_a_}}_ ${{_'a $[ $[a]_ ${a[ f()_ f()_{_ function_f_ coproc_
eval_ sudo_ env_ env_-S_ sh_-c_ eval_'a'_ find_-exec_ trap_ ${a:- ${a:-} "${a}"_ } done_ ) \x00 for_a_in_b;do_ for_a_in_
while_ $a $ a<<<b_ a=b_ a=$(b)_ `a`_ "`a`"_ \\` $(` `$( ((a)); ((a) $((a))_ [[_a_&&_ <<A<<B_ ${_a;_}_ ${| {fd}>a_ ((a);(b));
$((a);(b))_ $(_( sh_-c_'eval_ sh_-c_" a"b"'c' $OPTS_
"""


@pytest.mark.parametrize(
    "unit", [*(each.replace("_", " ") for each in HOSTILE.split()), "\n", "\r\n", "a\n", "<<A\n", "cat <<A\nx\nA\n", "a\\\n", "# \n"]
)
def test_hostile_text_is_read_to_its_end_or_to_a_problem(unit: str) -> None:
    text = (unit * (10_000 // len(unit)))[:10_000]
    found = unfolded(read(text, expressions=True))
    for command in found.commands[:100]:
        effective(command)


@pytest.mark.parametrize(
    "unit", ["(", "((", "$(", "${", "${ ", '"$(', "$((", "{ ", "if ", "case a in b) ", "<(", "@(", "x=(", "${a:-", "\\", "'"]
)
def test_openings_without_end_are_a_problem(unit: str) -> None:
    text = "ok\n" + unit * (250_000 // len(unit))
    found = read(text)
    assert found.commands[0].program == "ok"
    assert found.problems or unit in "\\'"


@pytest.mark.parametrize(
    ("opening", "closing"), [("( ", ")"), ("{ ", "; }"), ("$(", ")"), ('"$(', ')"'), ("if a; then ", "; fi"), ("${b:-", "}")]
)
def test_nesting_is_bounded(opening: str, closing: str) -> None:
    few, many = 10, MAX_DEPTH + 3
    assert not read(opening * few + "a" + closing * few).problems
    found = read(f"ok\n{opening * many}a{closing * many}")
    assert "deep" in found.problems[0].message
    assert found.commands[0].program == "ok"


@given(st.text(alphabet="ab \n\t'\"\\$`(){}[]<>|&;!#=*?-1@:~/\x00\r", max_size=60))
def test_never_raises(text: str) -> None:
    found = unfolded(read(text, expressions="1" in text))
    for place, command in enumerate(found.commands):
        effective(command)
        assert -1 <= command.holder < len(found.commands)
        assert command.holder != place
        assert 1 <= command.line <= text.count("\n") + 1


GOOD = [
    *("a", "a b 'c' \"$d\" >e 2>&1", "a=b", "a=b c", "x=(a b)", "if a; then b; fi", "if a; then b; elif c; then d; else e; fi"),
    *("while a; do b; done", "for x in a b; do c; done", "for ((;;)); do a; done", "case a in b) c;; (d|e) f;; esac", "f() { a; }"),
    *(
        "function f { a; }",
        "(a)",
        "{ a; }",
        "[[ a == b && c ]]",
        "((1 + 2))",
        "a $(b)",
        "a $((1+2)) ${b:-c}",
        "a <(b)",
        "a <<X\nb\nX",
        "! a",
    ),
    *("time a", "time { a; }", "a # b", 'a "$(b "c")"', "a \\\nb", "select x in a; do b; done", "coproc { a; }", "a <<-'X'\n\tb\n\tX"),
]
JOINTS = ["; ", "\n", " && ", " | ", " & ", " || ", ""]


@bash.needs_bash
@settings(max_examples=60)
@given(st.data())
def test_scripts_of_bash_are_scripts_here(data: st.DataObject) -> None:
    text = ""
    for _ in range(data.draw(st.integers(1, 4))):
        piece = data.draw(st.sampled_from(GOOD))
        if data.draw(st.booleans()) and "X" not in text:
            piece = data.draw(st.sampled_from(["({})", "{{ {}\n}}", "if {}\nthen {}\nfi", "a $({}\n)", "f() {{ {}\n}}"])).replace(
                "{}", piece
            )
            piece = piece.replace("{{", "{").replace("}}", "}")
        ended = "\n" if "X" in piece else data.draw(st.sampled_from(JOINTS))
        text += piece + ended
    if data.draw(st.booleans()):  # and broken ones
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + text[place + data.draw(st.integers(1, 3)) :]
    if bash.accepts(text):
        problems = read(text).problems
        # Bash tells some of these only when it comes to run them
        assert all("here-document" in each.message or "${" in text or "`" in text or "[[" in text for each in problems), problems


def test_the_number_of_commands_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gates.shell.parsing.MAX_COMMANDS", 100)
    found = read("a|" * 110)
    assert len(found.commands) == 101
    assert "100 commands" in found.problems[0].message
