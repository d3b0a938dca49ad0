"""Rules on the lists of commit types: what one tool accepts, the others accept, check, show and tell."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_AGREE = "commit types agree: commitizen ↔ `pr-title.yml` (↔ release notes, linters)"

_CONVENTIONAL = "https://www.conventionalcommits.org/en/v1.0.0/"
_COMMITIZEN = "https://commitizen-tools.github.io/commitizen/customization/config_file/"
_COMMITLINT = "https://commitlint.js.org/reference/rules.html#type-enum"
_TITLES = "https://github.com/amannn/action-semantic-pull-request#configuration"
_RELEASE_PLEASE = "https://github.com/googleapis/release-please/blob/main/docs/manifest-releaser.md"
_SEMANTIC_RELEASE = "https://github.com/semantic-release/commit-analyzer#configuration"
_CLIFF = "https://git-cliff.org/docs/configuration/git/#commit_parsers"

DIFFER = Rule(
    "commits/type-lists-differ",
    Severity.HIGH,
    "two lists of commit types that should be one",
    "What one check lets through the next one refuses: a commit passes the hook on the desk and fails in CI, or a squash merge gives the "
    "branch a message that no hook would have taken. Sooner or later people learn to pass the checks by.",
    "Write the same types in each list. Name the list that the others follow as `authority`, and `gates commits check --fix` writes it "
    "into those whose files hold a list. Types that programs alone write belong into `machine_types`.",
    (_CONVENTIONAL, _COMMITIZEN, _COMMITLINT, _TITLES),
    control=_AGREE,
)
UNWRITABLE = Rule(
    "commits/unwritable-release-type",
    Severity.MEDIUM,
    "the release knows a commit type that nobody may write",
    "The section of the changelog stays empty for ever, and whoever reads the configuration believes that such changes are announced. "
    "Nearly always the type was renamed in one place.",
    "Rename the type here to what the checks accept, drop it, or let the checks accept it.",
    (_RELEASE_PLEASE, _SEMANTIC_RELEASE, _CLIFF),
    control=_AGREE,
)
LOST = Rule(
    "commits/type-lost-from-changelog",
    Severity.MEDIUM,
    "an accepted commit type that the release neither shows nor hides",
    "Changes of that type are in the release and in no changelog, and nobody decided so: users find out about them by accident.",
    "Give the type a section, hide it there on purpose, or list it in `unreleased` of the policy.",
    (_RELEASE_PLEASE, _SEMANTIC_RELEASE, _CLIFF),
    control=_AGREE,
)
UNREADABLE = Rule(
    "commits/source-unreadable",
    Severity.LOW,
    "a source of commit types that a program would have to run to tell",
    "Nothing of the repository is run to find out, so whether this list agrees with the others rests on the word of who declared it.",
    "Write the types as a literal list, in a file that is data. Until then the declaration in the policy needs an owner and ends.",
    (_COMMITIZEN, _COMMITLINT),
    control=_AGREE,
)
SINGLE = Rule(
    "commits/single-source",
    Severity.INFO,
    "one check of commit types, and nothing to hold it against",
    "There is no drift where there is one list. But commits that are checked on the desk alone come in unchecked by every other way: "
    "squash merges take their message from the title of the pull request, and hooks can be passed by.",
    "Nothing needs doing. A check of titles in CI closes the other way in; `gates commits lint --title-env` is one.",
    (_TITLES,),
    control=_AGREE,
)
RULES = (DIFFER, UNWRITABLE, LOST, UNREADABLE, SINGLE)
