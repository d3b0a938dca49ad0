"""Programs that run another program, named in their arguments: how to step over their own options and operands.

Made in November 2026 from the manual pages of GNU coreutils and findutils, util-linux, sudo, OpenDoas, BusyBox, runit, s6, tini and
dumb-init.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Wrapper(NamedTuple):
    """`values` are the options that take one as a word of its own. `operands` stand between the options and the program;
    `assignments`: so may NAME=value. With one of `other` it runs no program of its arguments.
    """

    values: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False
    other: frozenset[str] = frozenset()


def _of(values: str, operands: int = 0, *, assignments: bool = False, other: str = "") -> Wrapper:
    return Wrapper(frozenset(values.split()), operands, assignments, frozenset(other.split()))


_NONE: Final = _of("")
_ONE: Final = _of("", 1)

WRAPPERS: Final[Mapping[str, Wrapper]] = {
    "sudo": _of(
        "-a -C -c -D -g -h -p -R -r -T -t -U -u --auth-type --close-from --chdir --chroot --command-timeout --group --host --login-class"
        " --other-user --prompt --role --type --user",
        assignments=True,
        other="-e --edit -l --list -v --validate -V --version -K --remove-timestamp",
    ),
    "doas": _of("-a -C -u", other="-L -C"),
    "pkexec": _of("--user"),
    "env": _of("-u --unset -C --chdir -a --argv0", assignments=True),
    "exec": _of("-a"),
    "command": _of("", other="-v -V"),
    "builtin": _NONE,
    "time": _of("-f -o --format --output"),
    "nice": _of("-n --adjustment"),
    "ionice": _of("-c -n -p -P -u --class --classdata", other="-p -P -u --pid --pgid --uid"),
    "chrt": _of("-T -P -D --sched-runtime --sched-period --sched-deadline", 1, other="-p --pid -m --max"),
    "taskset": _of("", 1, other="-p --pid"),
    "nohup": _NONE,
    "setsid": _NONE,
    "stdbuf": _of("-i -o -e --input --output --error"),
    "unbuffer": _NONE,
    "fakeroot": _of("-l -s -i -b --lib --faked"),
    "eatmydata": _NONE,
    "timeout": _of("-k -s --kill-after --signal", 1),
    "xargs": _of(
        "-a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-procs --max-chars --process-slot-var",
    ),
    "busybox": _of("", other="--list --list-full --install --help"),
    "toybox": _of("", other="--long --help --version"),
    "gosu": _ONE,
    "su-exec": _ONE,
    "setuidgid": _ONE,
    "s6-setuidgid": _ONE,
    "s6-envdir": _ONE,
    "with-contenv": _NONE,
    "chpst": _of("-u -U -b -/ -C -e -n -l -L -m -d -o -p -f -c -r -t"),
    "setpriv": _of(
        "--ambient-caps --inh-caps --bounding-set --ruid --euid --reuid --rgid --egid --regid --groups --securebits --pdeathsig"
        " --ptracer --selinux-label --apparmor-profile --landlock-access --landlock-rule --seccomp-filter",
        other="-d --dump --list-caps",
    ),
    "chroot": _of("--groups --userspec", 1),
    "unshare": _of(
        "-R -w -S -G -l --root --wd --setuid --setgid --propagation --setgroups --map-user --map-users --map-group --map-groups"
        " --monotonic --boottime --load-interp",
    ),
    "nsenter": _of("-t -S -G --target --setuid --setgid"),
    "flock": _of("-w -E --timeout --wait --conflict-exit-code", 1),
    "tini": _of("-p -e"),
    "docker-init": _of("-p -e"),
    "dumb-init": _of("-r --rewrite"),
    "catatonit": _of("-P -d"),
    "strace": _of("-a -b -e -E -I -o -O -p -P -s -S -u -U -X --output --trace --expr"),
    "winpty": _of("", other="--version --help"),
    "sshpass": _of("-p -f -d -P"),
    "screen": _of("-c -e -h -p -S -s -t -T", other="-ls -list -r -R -x -X -wipe --version"),
    "systemd-run": _of(
        "-u -p -E -d -M -H --unit --property --setenv --uid --gid --nice --working-directory --slice --description --machine --host"
        " --on-active --on-boot --on-calendar --service-type",
    ),
}

SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash", "yash", "hush"})
