"""Judges AppArmor profiles by whether they hold a container."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gates.container.apparmor.patterns import reaches
from gates.container.apparmor.profile import Policy, Profile, Rule
from gates.container.defect import Defect
from gates.container.rules import apparmor as rules
from gates.container.rules.levels import Levelled
from gates.core.finding import Location, Severity
from gates.core.patterns import lazy

OPEN_FLAGS = ("complain", "unconfined", "default_allow")
_NO_PROFILE = "unconfined"
_PERMISSIONS = lazy(r"[rwaklmixpPcCuU]*x")
_UNCONFINED = lazy(r"([pPcC]?)[uU]x$")
_ANYWHERE = ("", "/", "/**", "**", "/{,**}")
_NAMED = ("options=", "options", "fstype=", "fstype", "vfstype=", "in", "=", "->")


def judge(policy: Policy, path: str) -> Iterator[Defect]:
    """`path` is the file's. What a profile of a program of the host gives away is that program's: such findings are low."""
    seen: Counter[tuple[str, str]] = Counter()
    for profile in policy.profiles:
        for defect in _judge(profile):
            key = (defect.rule.id, defect.subject)
            seen[key] += 1
            again = f"{defect.subject} ({seen[key]})" if seen[key] > 1 else defect.subject
            severity = Severity.LOW if profile.attachment else defect.severity
            yield defect._replace(subject=again, severity=severity)


def _judge(profile: Profile) -> Iterator[Defect]:
    yield from _flags(profile)
    yield from _mounts(profile)
    yield from _ways_out(profile)


def _flags(profile: Profile) -> Iterator[Defect]:
    for flag in OPEN_FLAGS:
        if flag in profile.flags:
            what = "writes down what it would deny and lets it happen" if flag == "complain" else "denies next to nothing"
            kept = ",".join(each for each in profile.flags if each not in OPEN_FLAGS)
            remedy = f"profile {profile.name} flags=({kept}) {{" if kept else f"profile {profile.name} {{"
            message = f"with the flag {flag} it {what}"
            yield _defect(profile, rules.COMPLAIN, message, profile.location, flag, remedy)


def _mounts(profile: Profile) -> Iterator[Defect]:
    denied = {rule.keyword for rule in profile.rules if rule.denied and len(rule.words) == 1}
    for rule in profile.rules:
        keyword = rule.keyword
        if rule.denied or keyword in denied or "all" in denied:
            continue
        if keyword == "all" and len(rule.words) == 1:
            message = "the rule `all` allows everything, every mount among it"
            yield _defect(profile, rules.MOUNT, message, rule.location, "all", "deny mount,")
        elif keyword in ("mount", "remount", "pivot_root") and len(rule.words) == 1:
            severity = None if keyword == "mount" else Severity.MEDIUM
            message = f"the rule `{keyword}` without conditions allows every one, of the host's disks and of /proc too"
            yield _defect(profile, rules.MOUNT, message, rule.location, keyword, f"deny {keyword},", severity)
        elif keyword == "mount" and _anywhere(rule):
            message = f"the rule `{rule.text}` names neither what is mounted nor where"
            yield _defect(profile, rules.MOUNT, message, rule.location, rule.text, "mount fstype=tmpfs -> /scratch/,", Severity.MEDIUM)


def _anywhere(rule: Rule) -> bool:
    words = " ".join(rule.words[1:]).replace("->", " -> ").split()
    places = [word for word in words if word.startswith(("/", "@", '"', "{", "*"))]
    return all(place.strip('"') in _ANYWHERE for place in places)


def _ways_out(profile: Profile) -> Iterator[Defect]:
    closed = {rule.keyword for rule in profile.rules if rule.denied and len(rule.words) == 1}
    for rule in profile.rules:
        if rule.denied or rule.keyword in closed:
            continue
        if rule.keyword == "change_profile":
            target = _after_arrow(rule)
            if not target or reaches(target, _NO_PROFILE):
                what = "any profile" if target in ("", "*", "**") else "no profile at all"
                message = f"the rule `{rule.text}` lets a process change to {what}"
                yield _defect(profile, rules.EXEC_UNCONFINED, message, rule.location, rule.text, "change_profile -> NAME,")
        elif rule.keyword == "ptrace":
            if len(rule.words) == 1 or ("peer=unconfined" in rule.words and "trace" in rule.text.replace("ptrace", "", 1)):
                message = f"the rule `{rule.text}` lets a program take over processes that nothing confines"
                remedy = f"ptrace (trace,read,tracedby,readby) peer={profile.name},"
                yield _defect(profile, rules.EXEC_UNCONFINED, message, rule.location, rule.text, remedy, Severity.LOW)
        else:
            yield from _execution(profile, rule)


def _execution(profile: Profile, rule: Rule) -> Iterator[Defect]:
    words = rule.words[1:] if rule.keyword == "file" else rule.words
    permissions = next((word for word in words[:2] if _PERMISSIONS.fullmatch(word)), "")
    place = next((word for word in words[:2] if word.startswith(("/", "@", '"', "{", "*"))), "")
    if not permissions or (not place and rule.keyword != "file"):
        return
    mode = _UNCONFINED.search(permissions)
    if mode or reaches(_after_arrow(rule), _NO_PROFILE):
        fallback = bool(mode and mode[1])
        when = ", where no profile is found for it" if fallback else ""
        message = f"the rule `{rule.text}` starts {place or 'every program'} unconfined{when}"
        severity = Severity.MEDIUM if fallback else None
        yield _defect(profile, rules.EXEC_UNCONFINED, message, rule.location, rule.text, f"{place} rix,".lstrip(), severity)


def _after_arrow(rule: Rule) -> str:
    words = " ".join(rule.words).replace("->", " -> ").split()
    return words[words.index("->") + 1] if "->" in words[:-1] else ""


def _defect(
    profile: Profile,
    level: Levelled,
    message: str,
    location: Location,
    about: str,
    remedy: str,
    severity: Severity | None = None,
) -> Defect:
    subject = f"{profile.name}: {about}"
    return Defect(level.rule, f"profile {profile.name}: {message}", location, subject, profile.name, "profile", remedy, severity=severity)
