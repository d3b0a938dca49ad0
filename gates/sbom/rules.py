"""What the sbom gate and `gates sbom diff` can say."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "CycloneDX SBOM attached to each release, regenerated each time; image SBOM"
_JSON = "https://cyclonedx.org/docs/1.6/json/"
_NTIA = "https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom"
_CISA = "https://www.cisa.gov/resources-tools/resources/2025-minimum-elements-software-bill-materials-sbom"
_BSI = "https://bsi.bund.de/dok/TR-03183"

STALE = Rule(
    "sbom/stale",
    Severity.HIGH,
    "an SBOM that does not list what the lock files do",
    "Whoever looks a new vulnerability up in the SBOM is told of versions that are not shipped, and not of those that are.",
    "Make the SBOM again from the locks of this commit, with the groups that the release has; never keep one from the last release.",
    (_JSON,),
    control=_CONTROL,
    cwe=(1395,),
)
INCOMPLETE = Rule(
    "sbom/incomplete",
    Severity.HIGH,
    "an SBOM without what its profile asks of every SBOM",
    "Its readers cannot do with it what they need it for: match advisories, check licences, tell who answers for a component.",
    "Make it with a tool that fills the element in, from an environment as well as a lock; what nobody knows is waived, not made up.",
    (_NTIA, _CISA, _BSI),
    control=_CONTROL,
    cwe=(1395,),
)
INVALID = Rule(
    "sbom/invalid",
    Severity.HIGH,
    "an SBOM that breaks CycloneDX's own schema",
    "Tools refuse it, or pass over what they do not understand, and then a part of the release is watched by nobody.",
    "Correct the tool that wrote it, or write the place as the schema of its specVersion asks.",
    (_JSON,),
    control=_CONTROL,
)
DANGLING = Rule(
    "sbom/dangling-reference",
    Severity.HIGH,
    "a reference to what the SBOM does not hold",
    "Something was left out when the SBOM was made or merged: the component is shipped, and its name, version and licence are not told.",
    "Make the SBOM again, and list what is referred to; in a merge, rename the reference together with what it is of.",
    (_JSON + "#dependencies",),
    control=_CONTROL,
)
UNREACHABLE = Rule(
    "sbom/unreachable-component",
    Severity.MEDIUM,
    "a component that nothing connects with what the SBOM describes",
    "Why it is there, and which dependency brought it, cannot be told, so neither can what to update to be rid of it.",
    "Give the SBOM the edges of the lock file, beginning at the component that it describes, or take out what is not shipped.",
    (_JSON + "#dependencies",),
    control=_CONTROL,
)
DUPLICATE = Rule(
    "sbom/duplicate-reference",
    Severity.HIGH,
    "a bom-ref that stands for two things",
    "Edges, licences and statements on vulnerabilities are about either of them, and each reader may take another one.",
    "Give each its own bom-ref; a merge of two SBOMs puts a name of its own before those of each.",
    (_JSON + "#components_items_bom-ref",),
    control=_CONTROL,
)
LICENCE_UNKNOWN = Rule(
    "sbom/licence-unknown",
    Severity.LOW,
    "a component without a licence that SPDX knows",
    "Programs compare SPDX identifiers; any other text must be read by a person, for each component and each release.",
    "Write the licence as an SPDX expression; for a text that SPDX does not have, as LicenseRef- and a name of its own.",
    ("https://spdx.org/licenses/", "https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/"),
    control=_CONTROL,
)
IDENTITY_MISSING = Rule(
    "sbom/identity-missing",
    Severity.MEDIUM,
    "a component that no database can be asked about",
    "Advisories are found by package URL or CPE: without one, or with another version's, a vulnerability of the component stays unseen.",
    "Give it the package URL of where it came from, with its version.",
    ("https://github.com/package-url/purl-spec", _JSON + "#components_items_purl"),
    control=_CONTROL,
    cwe=(1395,),
)
HASH_CHANGED = Rule(
    "sbom/hash-changed",
    Severity.HIGH,
    "the same version with another hash",
    "A published version does not change: somebody has replaced it, or it was taken from another place than before.",
    "Find out where both came from before releasing; if the first was built elsewhere on purpose, say so in a waiver.",
    (_JSON + "#components_items_hashes",),
    control=_CONTROL,
    cwe=(494,),
)
RULES = (STALE, HASH_CHANGED, INCOMPLETE, INVALID, DANGLING, UNREACHABLE, DUPLICATE, LICENCE_UNKNOWN, IDENTITY_MISSING)
