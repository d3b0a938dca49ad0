"""What the protection gate can say about CODEOWNERS."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "force pushes and deletions off, code-owner review, admins included, strict per branch"
_REFERENCE = (
    "https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"
)

MISSING = Rule(
    "protection/codeowners-missing",
    Severity.HIGH,
    "a branch asks for the review of code owners, and nobody is one",
    "Without a CODEOWNERS file that GitHub loads, no file has an owner, and the setting asks for nothing.",
    "Add .github/CODEOWNERS, with at least the workflows, the protection files, security/, the hooks and itself.",
    (_REFERENCE,),
    control=_CONTROL,
)
GAP = Rule(
    "protection/codeowners-gap",
    Severity.HIGH,
    "a file that decides a verdict and has no code owner",
    "Whoever may change the workflows, the policy, the hooks or CODEOWNERS itself without their owner can switch a check off "
    "in the same change that the check was to stop. A line that GitHub does not understand owns nothing, and no pull request shows it.",
    "Own the whole folder in CODEOWNERS, below every pattern that would take the owner away again: the last line that matches counts.",
    (_REFERENCE,),
    control=_CONTROL,
)
RULES = (MISSING, GAP)
