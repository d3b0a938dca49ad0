"""What the deps gate can say."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "dependency audit"

VULNERABLE = Rule(
    "deps/vulnerable-package",
    Severity.HIGH,
    "a package version with a known vulnerability",
    "How to attack this version is public knowledge: everyone who can reach what uses it can try.",
    "Update to a version that ends the advisory; where none does yet, waive it until one exists.",
    ("https://ossf.github.io/osv-schema/", "https://owasp.org/www-project-top-ten/"),
    control=_CONTROL,
    cwe=(1395,),
)
UNAUDITABLE = Rule(
    "deps/unauditable",
    Severity.HIGH,
    "a dependency that no advisory can speak of",
    "It comes from an address, a repository or a folder instead of a registry, so no database knows its version.",
    "Take it from a registry, or waive it with the name of who watches it instead.",
    control=_CONTROL,
    cwe=(1104,),
)
UNREADABLE = Rule(
    "deps/advisory-unreadable",
    Severity.HIGH,
    "an advisory about an installed package that cannot be understood",
    "Whether the installed version is affected is not known, and an audit that passes over it would call it clean.",
    "Read the advisory, and waive it for this package if it does not concern the version; report the record to the database.",
    ("https://ossf.github.io/osv-schema/",),
    control=_CONTROL,
)
STALE_LOCK = Rule(
    "deps/lock-stale",
    Severity.MEDIUM,
    "a lock file that does not fit its manifest",
    "What will be installed is not what was audited: the next install resolves anew.",
    "Write the lock again with the tool that made it, and commit it together with the manifest.",
    control=_CONTROL,
    cwe=(1104,),
)
OLD_DATABASE = Rule(
    "deps/advisories-old",
    Severity.LOW,
    "advisories that are not of this week",
    "What became known since then is not in the answer.",
    "Import a newer copy of the advisory database.",
    control=_CONTROL,
)
FALLBACK = Rule(
    "deps/source-unreachable",
    Severity.LOW,
    "an audit by the last database instead of the service",
    "The advisory service could not be asked, so only what the database held on its day is known.",
    "Look at why the service cannot be reached, and run the audit again.",
    control=_CONTROL,
)
RULES = (VULNERABLE, UNAUDITABLE, UNREADABLE, STALE_LOCK, OLD_DATABASE, FALLBACK)
