"""Whether the files that decide a verdict have a code owner, where a branch asks for the review of code owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gates.core.finding import Finding, Location, Severity, finding
from gates.core.globs import compile_globs
from gates.github import codeowners
from gates.github.codeowners import CodeOwners
from gates.github.requirement import Protection
from gates.protection.rules.ownership import GAP, MISSING

_ITSELF: Final = "CODEOWNERS"
_NEW: Final = "a-file-to-come"


class _Kind(NamedTuple):
    """Files that decide a verdict in one way. `new` are names that a file yet to come may have, beside each file of `folders`;
    `files` stand alone, and what lies beside them is nobody's business.
    """

    name: str
    folders: tuple[str, ...]
    new: tuple[str, ...]
    files: tuple[str, ...] = ()


_KINDS: Final = (
    _Kind("workflows", (".github/workflows/*.yml", ".github/workflows/*.yaml"), (f"{_NEW}.yml", f"{_NEW}.yaml")),
    _Kind(
        "protection files",
        ("branch-protection/**", ".github/branch-protection/**", ".github/rulesets/**"),
        (f"{_NEW}.json",),
        (".asf.yaml", ".github/settings.yml", ".github/settings.yaml"),
    ),
    _Kind("security policy", ("security/**", ".github/security/**"), (_NEW,)),
    _Kind(
        "hooks",
        (".claude/**", ".husky/**", ".githooks/**"),
        (_NEW,),
        (
            ".pre-commit-config.yaml",
            ".pre-commit-config.yml",
            "prek.toml",
            ".cursor/hooks.json",
            *(f"{start}lefthook.{end}" for start in ("", ".", ".config/") for end in ("yml", "yaml", "toml", "json")),
        ),
    ),
)


def judge(files: Sequence[str], read: Callable[[str], bytes | None], protections: Sequence[Protection]) -> Iterator[Finding]:
    """`files` are the paths of the repository. Where no branch asks for the review of code owners, a missing CODEOWNERS is no finding
    and a gap in one is worth a note alone: `code-owner-review-off` says what is wrong there. Raises DocumentError.
    """
    asking = [protection for protection in protections if _asks(protection)]
    found = codeowners.find(read)
    if found is None:
        yield from _missing(asking, "there is no CODEOWNERS file")
    elif len(found[1]) >= codeowners.MAX_BYTES:
        yield from _missing(asking, f"{found[0]} has {len(found[1])} bytes, and GitHub loads none of 3 MB and more")
    else:
        owners = codeowners.parse(found[1], found[0])
        branch = asking[0].include[0] if asking and asking[0].include else ""
        yield from _gaps(files, owners, branch, None if asking else Severity.INFO)
        # What the line does not own may well be owned by another; where that is not so for what decides, it is a gap of its own.
        yield from _invalid(owners, Severity.MEDIUM if asking else Severity.INFO)


def _asks(protection: Protection) -> bool:
    active = protection.enforcement is None or protection.enforcement.value == "active"
    return active and protection.code_owner_reviews is not None and protection.code_owner_reviews.value


def _missing(asking: Iterable[Protection], why: str) -> Iterator[Finding]:
    for protection in asking:
        setting = protection.code_owner_reviews
        branch = ", ".join(protection.include)
        yield finding(
            MISSING,
            f"the review of code owners is required and {why}; add one, or nobody is asked",
            setting.location if setting else protection.location,
            _ITSELF if protection.kind == "classic" else f"{branch}: {_ITSELF}",
            data=_data(branch, "add .github/CODEOWNERS"),
        )


def _gaps(files: Sequence[str], owners: CodeOwners, branch: str, severity: Severity | None) -> Iterator[Finding]:
    for kind in _KINDS:
        is_beside, is_alone = compile_globs(kind.folders), compile_globs(kind.files) if kind.files else lambda path: False
        beside = [path for path in files if is_beside(path)]
        here = sorted({*beside, *(path for path in files if is_alone(path))})
        folders = sorted({path.rpartition("/")[0] for path in beside})
        yield from _gap(kind.name, here, [f"{folder}/{name}" for folder in folders for name in kind.new], owners, branch, severity)
    # A file in a place that is looked at earlier would take over from this one, whoever owns this one.
    earlier = codeowners.PLACES[: codeowners.PLACES.index(owners.path)]
    yield from _gap(_ITSELF, [owners.path], earlier, owners, branch, severity)


def _gap(
    name: str, here: Sequence[str], to_come: Sequence[str], owners: CodeOwners, branch: str, severity: Severity | None
) -> Iterator[Finding]:
    unowned = [path for path in here if not codeowners.owners_of(owners, path)]
    open_to = [path for path in to_come if not codeowners.owners_of(owners, path)]
    if not unowned and not open_to:
        return
    first = (unowned or open_to)[0]
    folder = first.rpartition("/")[0]
    pattern = f"/{first}" if name == _ITSELF or not folder or first in {file for kind in _KINDS for file in kind.files} else f"/{folder}/"
    more = len(unowned) - 1
    if unowned:
        what = f"{first} has no code owner" + (f", nor have {more} more of the {name}" if more > 0 else "")
    elif name == _ITSELF:
        what = f"{first} would have no code owner, and once it is there it counts instead of {owners.path}"
    else:
        what = f"a new file in {folder}/ such as {first.rpartition('/')[2]} would have no code owner"
    line = codeowners.deciding_line(owners, first)
    if line is not None:
        what += f": line {line.number}, {line.pattern}, names none"
    hint = f"{pattern} @owner"
    yield finding(
        GAP,
        f"{what}; add a line such as {hint} to {owners.path}",
        Location(owners.path, line.number if line else 0),
        name,
        severity=severity,
        data=_data(branch, hint),
    )


def _invalid(owners: CodeOwners, severity: Severity) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for line in owners.invalid:
        shown = f"line {line.text[:100]!r}"
        seen[shown] = seen.get(shown, 0) + 1
        subject = shown if seen[shown] == 1 else f"{shown} ({seen[shown]})"
        message = f"GitHub skips line {line.number} of {owners.path}: {line.reason}"
        yield finding(GAP, message, Location(owners.path, line.number), subject, severity=severity, data=_data("", line.reason))


def _data(branch: str, hint: str) -> dict[str, object]:
    return {"context": "", "branch": branch, "emitters": [], "hint": hint}
