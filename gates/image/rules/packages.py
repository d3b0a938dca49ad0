"""Known vulnerabilities of what is installed in an image."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "Trivy image scan, fixable HIGH and CRITICAL block the merge"

VULNERABLE = Rule(
    "image/vulnerable-package",
    Severity.HIGH,
    "a package in the image with a known vulnerability",
    "How to attack this version is public knowledge, and whatever the image runs can be the way to it.",
    "Rebuild on a base image that has the fixed version, or update the package in the Dockerfile; waive what cannot be fixed yet.",
    ("https://trivy.dev/latest/docs/scanner/vulnerability/",),
    control=_CONTROL,
    cwe=(1395,),
)
END_OF_LIFE = Rule(
    "image/end-of-life-os",
    Severity.HIGH,
    "an operating system that gets no more advisories",
    "Nobody writes advisories for it any more: that none is known says nothing, and no fix will come.",
    "Move to a release that is still maintained.",
    ("https://trivy.dev/latest/docs/coverage/os/",),
    control=_CONTROL,
    cwe=(1104,),
)
RULES = (VULNERABLE, END_OF_LIFE)
