from __future__ import annotations

import pytest

from gates.protection.contexts.known import SERVICES, service


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
