"""What can be wrong with an AppArmor profile."""

from __future__ import annotations

from gates.container.rules.levels import levelled
from gates.core.finding import Severity

_CONTROL = "AppArmor profile enforces"
_DOCKER = "https://docs.docker.com/engine/security/apparmor/"
_KERNEL = "https://docs.kernel.org/admin-guide/LSM/apparmor.html"
_MANUAL = "https://manpages.debian.org/stable/apparmor/apparmor.d.5.en.html"

COMPLAIN = levelled(
    "container/apparmor-complain",
    Severity.HIGH,
    Severity.HIGH,
    summary="an AppArmor profile that only writes down what it would deny",
    why="In complain mode everything is allowed and logged; with the flag unconfined or default_allow nearly everything is allowed without "
    "a log. Whoever names the profile believes to be confined.",
    remedy="Take the flag out and load the profile again with apparmor_parser -r; aa-logprof turns what was logged into rules.",
    references=(_MANUAL, _DOCKER, _KERNEL),
    control=_CONTROL,
    cwe=(693,),
)
MOUNT = levelled(
    "container/apparmor-mount",
    Severity.HIGH,
    Severity.HIGH,
    summary="an AppArmor profile that lets a container mount what it likes",
    why="With a mount of its own a program reaches the host's disks, or a /proc and /sys that nothing masks; Docker's own profile denies "
    "every mount.",
    remedy="Write deny mount, or name file system, source and target of each mount that is needed: mount fstype=tmpfs -> /scratch/,",
    references=(_MANUAL, _DOCKER),
    control=_CONTROL,
    cwe=(250, 693),
)
EXEC_UNCONFINED = levelled(
    "container/apparmor-exec-unconfined",
    Severity.HIGH,
    Severity.HIGH,
    summary="an AppArmor profile that lets a program out of it",
    why="A program that is started with ux or Ux, or a process that changes to another profile, is confined by nothing; one that is found "
    "to do whatever its arguments say, a shell for one, takes everything else along.",
    remedy="Start programs with ix (under the same profile) or Px (under one of their own), without the fallback u; name the profile that "
    "change_profile may lead to.",
    references=(_MANUAL, _KERNEL),
    control=_CONTROL,
    cwe=(250, 693),
)
LEVELS = (COMPLAIN, MOUNT, EXEC_UNCONFINED)
