"""What counts as a test, and what its findings are judged by."""

from __future__ import annotations

import pytest

from gates.core.finding import Severity
from gates.detect.places import is_test, lowered

TESTS = """
tests/app.env test/a.txt src/__tests__/a.js spec/models/user.txt pkg/testdata/key.pem a/fixtures/b.json Tests/Data/a.txt e2e/login.txt
app/src/androidTest/a.txt Acme.Billing.Tests/appsettings.json BillingUITests/Info.plist src/commonTest/a.json plugin-tests/a.cfg
lib/__mocks__/api.js cypress/support/a.js conftest.py sub/tests.py test_app.py app_test.py client_test.go api.test.ts api.spec.tsx
login.cy.js UserServiceTest.java UserServiceIT.java TestUser.java UserSpec.kt UserTests.cs user_spec.rb spec_helper.rb user_SUITE.erl
util_unittest.cc parser_tests.rs 01-basic.t run.bats test-deploy.sh .env.test .env.testing api.test.js.snap UserTest.php AppTests.swift
pkg/testcerts/ca.key keys_test_data.go benches/load.rs
"""
OTHERS = """
src/app.env latest/a.txt contest.py src/contests/a.py attest/a.py src/protest.go inspector/a.rb testimony.md spectrum/a.js docs/a.md
examples/app.env sample/a.py environments/test/.env deploy/test/secrets.yaml environments/test/app/a.tf test.env app-test.yml
test_server.key LatestNews.java Manifest.java audit.kt my-test/a.txt application-test.properties .env .env.production tests test
group_vars/test/vault.yml Commit.java docs/spec/auth.md docs/content/spec/auth/token.md
"""


@pytest.mark.parametrize("path", TESTS.split())
def test_folders_and_names_of_tests(path: str) -> None:
    assert is_test(path)
    assert is_test(f"some/where/{path}")


@pytest.mark.parametrize("path", OTHERS.split())
def test_what_only_sounds_like_a_test(path: str) -> None:
    assert not is_test(path)
    assert not is_test(f"some/where/{path}")


@pytest.mark.parametrize("path", ["-", "", "commit 0123456789ab", "tests/", "/"])
def test_names_that_are_no_paths(path: str) -> None:
    assert is_test(path) == (path == "tests/")


def test_lower_by_one_and_never_gone() -> None:
    assert [lowered(severity) for severity in Severity] == [Severity.INFO, Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH]
