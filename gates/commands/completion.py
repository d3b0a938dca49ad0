"""`gates completion SHELL`: prints a script that completes commands, options and their values, made from the parsers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from gates.commands import COMMANDS
from gates.commands.options import Parser
from gates.core.world import World

Words = Mapping[str, list[str]]  # command -> its options and fixed words


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    words = {command: _words(command) for command in COMMANDS}
    script = {"bash": _bash, "zsh": _zsh, "fish": _fish}[parsed.shell]
    world.stdout.write("\n".join(script(words)) + "\n")
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "prints a completion script; source it from your shell's start-up file, as in: source <(gates completion bash)")
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")
    return parser


def _words(command: str) -> list[str]:
    module = import_module(COMMANDS[command].module)
    of_verbs: list[Parser] = module.parsers(command) if hasattr(module, "parsers") else []
    words: list[str] = []
    for action in (action for parser in (module.parser(command), *of_verbs) for action in parser._actions):  # there is no other way to ask
        words += [option for option in action.option_strings if option.startswith("--")]
        if not action.option_strings:
            words += [str(choice) for choice in action.choices or ()]
    return sorted(set(words))


def _bash(words: Words) -> Iterator[str]:
    yield "_gates() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" options=""'
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f'        options="{" ".join(words)} --help --version"'
    yield "    else"
    yield '        case "${COMP_WORDS[1]}" in'
    for command, options in words.items():
        yield f'            {command}) options="{" ".join(options)}" ;;'
    yield "        esac"
    yield "    fi"
    yield '    COMPREPLY=($(compgen -W "$options" -- "$word"))'
    yield "}"
    yield "complete -o default -F _gates gates"


def _zsh(words: Words) -> Iterator[str]:
    yield "#compdef gates"
    yield "_gates() {"
    yield "    if (( CURRENT == 2 )); then"
    yield "        local -a commands"
    described = " ".join(f"'{command}:{COMMANDS[command].help}'" for command in words)
    yield f"        commands=({described})"
    yield "        _describe command commands"
    yield "        return"
    yield "    fi"
    yield '    case "${words[2]}" in'
    for command, options in words.items():
        yield f"        {command}) compadd -- {' '.join(options)} ;;"
    yield "    esac"
    yield "    _files"
    yield "}"
    yield "compdef _gates gates"


def _fish(words: Words) -> Iterator[str]:
    yield "complete -c gates -n __fish_use_subcommand -f"
    for command, options in words.items():
        yield f"complete -c gates -n __fish_use_subcommand -a {command} -d '{COMMANDS[command].help}'"
        for option in options:
            form = f"-l {option[2:]}" if option.startswith("--") else f"-a {option}"
            yield f"complete -c gates -n '__fish_seen_subcommand_from {command}' {form}"
