"""What a person types: a table of commands, each a module of which only the chosen one is imported."""

from typing import NamedTuple


class Command(NamedTuple):
    """`module` has `run(name, argv, world) -> exit code`, which gets the words behind the command's name, and `parser(name)`."""

    module: str
    help: str


COMMANDS = {
    "run": Command("gates.commands.run", "every gate of the policy, side by side"),
    "secrets": Command("gates.commands.gate", "tokens, keys and passwords in files, the index, a range, history or a stream"),
    "deps": Command("gates.commands.deps", "dependencies with known vulnerabilities: Python and npm"),
    "code": Command("gates.commands.gate", "what Python source does that lets others in (bandit)"),
    "protection": Command("gates.commands.verbs", "the checks that branches require are those that workflows report"),
    "commits": Command("gates.commands.verbs", "one list of commit types in every tool; messages and titles written by it"),
    "image": Command("gates.commands.verbs", "known vulnerabilities in built images (Trivy), and what is in them"),
    "container": Command("gates.commands.verbs", "Dockerfiles, compose files, Kubernetes, seccomp, AppArmor and docker run, hardened"),
    "sbom": Command("gates.commands.verbs", "the SBOM of a release: make, check, diff, vex"),
    "waivers": Command("gates.commands.verbs", "the exception list: check, list, add, renew, prune, import, export, calendar"),
    "explain": Command("gates.commands.explain", "what a rule means and what to do about it"),
    "completion": Command("gates.commands.completion", "a completion script for bash, zsh or fish"),
}
