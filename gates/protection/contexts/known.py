"""Who reports a context besides the jobs: well-known services, by the names in their documentation, and steps that call the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from gates.core.documents import Node
from gates.github.workflow import Workflow

# (pattern of the name, who reports it); the first that fits counts.
SERVICES: Final[tuple[tuple[str, str], ...]] = (
    ("codecov/*", "Codecov"),
    ("coverage/coveralls", "Coveralls"),
    ("codeclimate", "Code Climate"),
    ("codeclimate/*", "Code Climate"),
    ("qlty *", "Qlty"),
    ("Codacy *", "Codacy"),
    ("CodeFactor", "CodeFactor"),
    ("DeepSource: *", "DeepSource"),
    ("DeepScan", "DeepScan"),
    ("SonarCloud", "SonarQube Cloud"),
    ("SonarCloud Code Analysis", "SonarQube Cloud"),
    ("[[]*] SonarCloud Code Analysis", "SonarQube Cloud"),
    ("SonarQube Code Analysis", "SonarQube"),
    ("[[]*] SonarQube Code Analysis", "SonarQube"),
    ("CodeQL", "GitHub code scanning"),
    ("GitGuardian Security Checks", "GitGuardian"),
    ("security/snyk*", "Snyk"),
    ("code/snyk*", "Snyk"),
    ("license/snyk*", "Snyk"),
    ("Socket Security: *", "Socket"),
    ("Semgrep OSS", "Semgrep"),
    ("semgrep-cloud-platform/*", "Semgrep"),
    ("DCO", "DCO app"),
    ("dco", "DCO app"),
    ("license/cla", "CLA assistant"),
    ("cla/*", "a CLA bot"),
    ("EasyCLA", "EasyCLA"),
    ("verification/cla-signed", "a CLA bot"),
    ("ci/circleci", "CircleCI"),
    ("ci/circleci: *", "CircleCI"),
    ("ci/prow/*", "Prow"),
    ("tide", "Prow"),
    ("ci/gitlab/*", "GitLab CI"),
    ("ci/semaphoreci/*", "Semaphore"),
    ("ci/bitrise/*", "Bitrise"),
    ("ci/codesandbox", "CodeSandbox"),
    ("continuous-integration/*", "a CI service"),
    ("Travis CI - *", "Travis CI"),
    ("buildkite/*", "Buildkite"),
    ("AWS CodeBuild *", "AWS CodeBuild"),
    ("pre-commit.ci - pr", "pre-commit.ci"),
    ("pre-commit.ci - push", "pre-commit.ci"),
    ("netlify/*", "Netlify"),
    ("Header rules - *", "Netlify"),
    ("Redirect rules - *", "Netlify"),
    ("Pages changed - *", "Netlify"),
    ("Vercel", "Vercel"),
    ("Vercel \u2013 *", "Vercel"),
    ("Vercel Preview Comments", "Vercel"),
    ("Cloudflare Pages", "Cloudflare"),
    ("Cloudflare Pages: *", "Cloudflare"),
    ("Workers Builds: *", "Cloudflare"),
    ("docs/readthedocs.org:*", "Read the Docs"),
    ("docs/readthedocs.com:*", "Read the Docs"),
    ("atlantis/*", "Atlantis"),
    ("Terraform Cloud/*", "HCP Terraform"),
    ("renovate/*", "Renovate"),
    ("Mergify*", "Mergify"),
    ("Graphite / mergeability_check", "Graphite"),
    ("semantic-pull-request", "Semantic Pull Requests"),
    ("Semantic Pull Request", "Semantic Pull Requests"),
    ("Semantic PR", "Semantic Pull Requests"),
    ("WIP", "WIP app"),
    ("CodeRabbit", "CodeRabbit"),
    ("CodSpeed Performance Analysis", "CodSpeed"),
    ("percy/*", "Percy"),
    ("argos", "Argos"),
    ("argos/*", "Argos"),
)
# What a script or an action says that reports a check or a status by itself.
_REPORTING: Final = ("check-runs", "checks.create", "checks-action", "/statuses/", "createCommitStatus", "status-action", "commit-status")
_FIELDS: Final = ("context", "name")  # of a status and of a check run, as arguments of gh and curl
# https://docs.github.com/en/code-security/code-scanning/enabling-code-scanning/configuring-default-setup-for-code-scanning:
# default setup has no workflow file, and turns itself off where a workflow of the repository does the analysis.
DEFAULT_SETUP: Final = "CodeQL's default setup"
_LANGUAGES: Final = frozenset(
    ("actions", "c-cpp", "csharp", "go", "java-kotlin", "javascript-typescript", "javascript", "python", "ruby", "rust", "swift")
)


def service(context: str, own_codeql: bool) -> str:
    """Who reports a context of this name, "" where nobody well known does. `own_codeql`: a workflow here runs CodeQL itself."""
    if not own_codeql and context.startswith("Analyze (") and context[len("Analyze (") : -1] in _LANGUAGES:
        return DEFAULT_SETUP
    return next((who for pattern, who in SERVICES if fnmatchcase(context, pattern)), "")


def posting(workflows: Iterable[Workflow]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The steps that call the API which reports checks: the place of each, and what texts it holds."""
    for workflow in workflows:
        for job in workflow.jobs.values():
            for step in job.steps:
                texts = tuple(_texts(step.node))
                if any(sign in text for text in texts for sign in _REPORTING):
                    yield f"{workflow.path}:{step.line}", texts


def posted(context: str, steps: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """The place of the step, of those that are `posting`, that seems to report the context, as it holds the name as a value or in
    quotes; "" where none does.
    """
    return next((place for place, texts in steps if any(_holds(text, context) for text in texts)), "")


def _holds(text: str, name: str) -> bool:
    return (
        text == name
        or any(f"{quote}{name}{quote}" in text for quote in "\"'`")
        or any(f"{quote}{key}={name}{quote}" in text for quote in "\"'" for key in _FIELDS)
        or any(f" {key}={name}{end}" in f"{text} " for key in _FIELDS for end in " \n\t")
    )


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    elif isinstance(node.value, list | dict):
        for item in node.value.values() if isinstance(node.value, dict) else node.value:
            yield from _texts(item)
