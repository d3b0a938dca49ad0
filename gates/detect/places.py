"""Whether a path is a test's or a fixture's: what stands there is judged one step milder, and never hidden.

Whole folder names count, and the forms that test runners themselves look for; a word within a longer name does not. Documentation
and examples are no tests: people copy from them and into them, real values too.
"""

from __future__ import annotations

from gates.core.finding import Severity
from gates.core.patterns import lazy

IN_TEST = "in a test, so one step lower"  # for messages: whoever reads a severity sees why it is that

_FOLDER = lazy(
    r"tests?|testing|__tests?__|specs?|test[-_]?(?:data|cases|fixtures|resources)|(?:unit|integration|functional|acceptance|system)[-_]?tests?"
    r"|androidtest|e2e(?:[-_]tests?)?|fixtures?|__fixtures__|mocks?|__mocks__|__snapshots__|cypress|(?:test|integtest|it)[-_]?(?:utils?|helpers?|servers?|creds|support)|integtests?|molecule|stubs?|test[-_]?certs?|benches"
)
# A specification is called `spec` as well.
_DOCUMENTS = lazy(r"docs?|documentation|content")
# What stands right below one of these is a place to deploy to, and one of those is often called `test`.
_DEPLOYS = lazy(r"clusters|deploy(?:ments?)?|env(?:ironment)?s?|group_vars|host_vars|inventor(?:y|ies)|overlays|stacks|stages")
# acme-tests, Acme.Billing.Tests (C#), BillingTests and BillingUITests (Xcode), commonTest (Kotlin): a capital parts the word.
_FOLDER_FORM = lazy(r"(?i:.+[-_.]tests)|(?i:.+\.test)|.*(?:[a-z0-9]|UI)Tests?")
_SCRIPT = r"(?:[cm]?[jt]sx?|vue|svelte|coffee|dart|lua)"
_SOURCE = (
    r"(?:py|go|rb|rs|c|cc|cpp|cxx|h|hh|hpp|m|mm|java|kts?|groovy|scala|clj[cs]?|cs|fs|vb|swift|php|pl|exs?|erl|hs|ml|jl|nim|[rR]|sh|bash"
    rf"|ps1|{_SCRIPT})"
)
_NAME_FORM = lazy(
    rf"conftest\.py|tests?\.py|testing\.{_SOURCE}|testing_.+\.{_SOURCE}|.+\.stor(?:y|ies)\.{_SCRIPT}|(?:spec|rails|test)_helper\.(?:rb|exs)|.+\.bats|.+\.t|\.env\.test(?:ing)?(?:\.local)?"
    rf"|.+\.(?:test|tests|spec|specs|e2e|e2e-spec|cy|mock)\.{_SCRIPT}|.+\.{_SCRIPT}\.snap"
    rf"|(?:test|tests|spec)[-_].+\.{_SOURCE}|.+[-_](?:test|tests|spec|specs|unittest|unittests|test_data|test_vectors|SUITE)\.{_SOURCE}"
    rf"|(?:.*[a-z0-9])?(?:Test|Tests|TestCase|TestCases|Spec|Specs|IT)\.(?:java|kts?|groovy|scala|cs|fs|vb|swift|php|cc|cpp|mm?|hs)"
    rf"|Test[A-Z0-9].*\.(?:java|kts?|groovy|scala|cs|swift|php)"
)


def is_test(path: str) -> bool:
    *folders, name = path.split("/")
    if _NAME_FORM.fullmatch(name):
        return True
    above = ""
    for folder in folders:
        if folder.lower() == "spec" and _DOCUMENTS.fullmatch(above):
            continue
        if not _DEPLOYS.fullmatch(above) and (_FOLDER.fullmatch(folder.lower()) or _FOLDER_FORM.fullmatch(folder)):
            return True
        above = folder.lower()
    return False


def lowered(severity: Severity) -> Severity:
    """One step milder; there is none below `info`."""
    return Severity(max(severity - 1, Severity.INFO))
