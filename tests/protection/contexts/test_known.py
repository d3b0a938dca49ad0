from __future__ import annotations

import pytest

from gates.github import reading
from gates.protection.contexts.known import SERVICES, posted, posting, service


@pytest.mark.parametrize(
    ("context", "who"),
    [
        ("codecov/project", "Codecov"),
        ("codecov/patch/backend", "Codecov"),
        ("DCO", "DCO app"),
        ("ci/circleci: test", "CircleCI"),
        ("continuous-integration/jenkins/pr-merge", "a CI service"),
        ("[web] SonarCloud Code Analysis", "SonarQube Cloud"),
        ("Vercel \u2013 docs", "Vercel"),
        ("pre-commit.ci - pr", "pre-commit.ci"),
        ("netlify/site/deploy-preview", "Netlify"),
        ("security/snyk (acme)", "Snyk"),
        ("Analyze (python)", "CodeQL's default setup"),
        ("Analyze (cobol)", ""),
        ("codecov", ""),
        ("test", ""),
        ("lint / codecov/project", ""),
    ],
)
def test_who_reports_a_name(context: str, who: str) -> None:
    assert service(context, own_codeql=False) == who


def test_no_pattern_stands_behind_one_that_says_it_all() -> None:
    patterns = [pattern for pattern, _ in SERVICES]
    assert len(patterns) == len(set(patterns))
    assert "*" not in patterns


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ('-f "context=e2e / full"', "e2e / full"),
        ("-f 'context=e2e / full'", "e2e / full"),
        ('-f context="e2e / full"', "e2e / full"),
        ("-f context=e2e", "e2e"),
        ("-f context=e2e -f state=success", "e2e"),
        ("-F name=e2e", "e2e"),
    ],
)
def test_a_status_is_posted_however_its_argument_is_quoted(argument: str, name: str) -> None:
    source = (
        f"on: workflow_run\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          gh api repos/$R/statuses/$SHA {argument}\n"
    )
    workflow = reading.read(source.encode(), "a.yml")
    assert workflow
    assert posted(name, posting([workflow])) == "a.yml:6"
    assert posted(name[:-1], posting([workflow])) == ""
    assert posted(f"{name}r", posting([workflow])) == ""
