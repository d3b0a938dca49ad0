"""What entrypoints make of root: from scripts as the official images and their users write them."""

import pytest

from gates.container.entrypoint import Judged, judge_words
from gates.container.image_files import Source
from gates.container.judging.build_steps import script_of

SCRIPTS = [
    pytest.param(
        """\
#!/bin/sh
exec gosu app "$@"
""",
        "drops",
        id="plain exec",
    ),
    pytest.param(
        """\
#!/bin/sh
set -e
gosu app "$@"
""",
        "drops",
        id="noexec",
    ),
    pytest.param(
        """\
#!/bin/sh
set -e
mkdir -p /data
exec "$@"
""",
        "keeps",
        id="keeps",
    ),
    pytest.param(
        """\
#!/bin/sh
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
	set -- redis-server "$@"
fi
# allow the container to be started with `--user`
if [ "$1" = 'redis-server' -a "$(id -u)" = '0' ]; then
	find . \\! -user redis -exec chown redis '{}' +
	exec gosu redis "$0" "$@"
fi
um="$(umask)"
if [ "$um" = '0022' ]; then
	umask 0077
fi
exec "$@"
""",
        "drops",
        id="redis",
    ),
    pytest.param(
        """\
#!/usr/bin/env bash
set -Eeo pipefail
docker_setup() { local -; echo x; }
_main() {
	if [ "${1:0:1}" = '-' ]; then
		set -- postgres "$@"
	fi
	if [ "$1" = 'postgres' ] && ! _pg_want_help "$@"; then
		docker_setup
		if [ "$(id -u)" = '0' ]; then
			# then restart script as postgres user
			exec gosu postgres "$BASH_SOURCE" "$@"
		fi
		if [ -z "$DATABASE_ALREADY_EXISTS" ]; then
			echo
		fi
	fi
	exec "$@"
}
if ! _is_sourced; then
	_main "$@"
fi
""",
        "drops",
        id="postgres",
    ),
    pytest.param(
        """\
#!/bin/bash
if [ -n "$PUID" ]; then
  usermod -u $PUID app
  exec gosu app "$@"
else
  exec "$@"
fi
""",
        "sometimes",
        id="puid",
    ),
    pytest.param(
        """\
#!/bin/bash
PUID=${PUID:-0}
if [ "$PUID" != 0 ]; then exec su-exec $PUID:$PGID "$@"; fi
exec "$@"
""",
        "sometimes",
        id="puid2",
    ),
    pytest.param(
        """\
#!/bin/bash
if [ -n "$PUID" ]; then
  gosu app "$@"
else
  "$@"
fi
""",
        "sometimes",
        id="puid noexec",
    ),
    pytest.param(
        """\
#!/bin/bash
if [ -z "$APP_USER" ]; then echo no; exit 1; fi
exec gosu "$APP_USER" "$@"
""",
        "drops",
        id="env exit",
    ),
    pytest.param(
        """\
#!/bin/bash
if [ -n "$APP_USER" ]; then exec gosu "$APP_USER" "$@"; fi
exit 1
""",
        "drops",
        id="env exit2",
    ),
    pytest.param(
        """\
#!/bin/bash
[ "$(id -u)" = 0 ] && exec gosu app "$0" "$@"
exec "$@"
""",
        "drops",
        id="and",
    ),
    pytest.param(
        """\
#!/bin/sh
uid="$(id -u)"
if [ "$uid" = 0 ]; then
  chown -R app /data
  exec setpriv --reuid=app --regid=app --init-groups "$@"
fi
exec "$@"
""",
        "drops",
        id="uidvar",
    ),
    pytest.param(
        """\
#!/bin/sh
su - app -c "node server.js"
""",
        "drops",
        id="su",
    ),
    pytest.param(
        """\
#!/bin/sh
exec sudo -E -u app "$@"
""",
        "drops",
        id="sudo",
    ),
    pytest.param(
        """\
#!/bin/sh
exec capsh --drop=cap_net_admin --user=awfuser -- -c "$*"
""",
        "drops",
        id="capsh",
    ),
    pytest.param(
        """\
#!/bin/sh
exec capsh --drop=cap_net_admin -- -c "exec gosu awf $*"
""",
        "drops",
        id="capsh nouser",
    ),
    pytest.param(
        """\
#!/bin/sh
exec capsh --drop=cap_net_admin -- -c "$*"
""",
        "keeps",
        id="capsh only",
    ),
    pytest.param(
        """\
#!/bin/sh
case "$1" in
  server) exec gosu app "$@";;
  *) exec "$@";;
esac
""",
        "drops",
        id="case",
    ),
    pytest.param(
        """\
#!/bin/sh
case "$MODE" in
  safe) exec gosu app "$@";;
  *) exec "$@";;
esac
""",
        "sometimes",
        id="case env",
    ),
    pytest.param(
        """\
#!/bin/sh
gosu app ./manage.py migrate
exec "$@"
""",
        "keeps",
        id="prep",
    ),
    pytest.param(
        """\
#!/bin/sh
gosu app ./manage.py migrate
exec gosu app "$@"
""",
        "drops",
        id="prep ok",
    ),
    pytest.param(
        """\
#!/bin/sh
run_as() {
  if [ "$(id -u)" = 0 ]; then su-exec app "$@"; else "$@"; fi
}
run_as node server.js
""",
        "drops",
        id="func",
    ),
    pytest.param(
        """\
#!/bin/sh
. /lib.sh
exec "$@"
""",
        "unknown",
        id="source",
    ),
    pytest.param(
        """\
#!/bin/sh
exec /docker-entrypoint.sh "$@"
""",
        "unknown",
        id="other",
    ),
    pytest.param(
        """\
#!/bin/sh
exec gosu root "$@"
""",
        "keeps",
        id="root",
    ),
    pytest.param(
        """\
#!/bin/sh
exec runuser -u app -- "$@"
""",
        "drops",
        id="runuser",
    ),
    pytest.param(
        """\
#!/bin/sh
exec chroot --userspec=app:app / "$@"
""",
        "drops",
        id="chroot",
    ),
    pytest.param(
        """\
#!/bin/sh
exec tini -- gosu app "$@"
""",
        "drops",
        id="tini",
    ),
    pytest.param(
        """\
#!/bin/sh
exec tini -s -- su-exec app "$@"
""",
        "drops",
        id="tini2",
    ),
    pytest.param(
        """\
#!/bin/sh
if command -v gosu >/dev/null; then
 exec gosu app "$@"
fi
exec "$@"
""",
        "sometimes",
        id="cond-exists",
    ),
    pytest.param(
        """\
#!/usr/bin/env bash
set -euo pipefail
APP_USER=appuser
if [[ -n "${LOCAL_UID:-}" ]]; then
  usermod -u "$LOCAL_UID" "$APP_USER"
fi
if [[ "$(id -u)" -eq 0 ]]; then
  chown -R "$APP_USER" /work
  exec gosu "$APP_USER" "$@"
fi
exec "$@"
""",
        "drops",
        id="seed",
    ),
    pytest.param(
        """\
#!/bin/sh
if [ "$(id -u)" = 0 ]; then
  DROP="gosu app"
fi
exec $DROP "$@"
""",
        "unknown",
        id="var",
    ),
    pytest.param(
        """\
#!/bin/bash
cmd=("$@")
if [ "$(id -u)" = 0 ]; then
  cmd=(gosu app "${cmd[@]}")
fi
exec "${cmd[@]}"
""",
        "unknown",
        id="array",
    ),
    pytest.param(
        """\
#!/bin/sh
if [ "$(id -u)" = 0 ]; then
  set -- gosu app "$@"
fi
exec "$@"
""",
        "drops",
        id="set --",
    ),
    pytest.param(
        """\
#!/bin/sh
if [ "$1" = redis ] && [ "$(id -u)" = 0 ]; then
  set -- su-exec redis "$@"
fi
exec "$@"
""",
        "drops",
        id="set -- su-exec redis",
    ),
    pytest.param(
        """\
#!/bin/sh
while true; do gosu app worker; done
""",
        "drops",
        id="while",
    ),
    pytest.param(
        """\
#!/bin/sh
nginx &
exec gosu app "$@"
""",
        "drops",
        id="background",
    ),
]


def judged(files: dict[str, str], words: tuple[str, ...] = ("/entrypoint.sh",), command: tuple[str, ...] = ("app",)) -> Judged:
    def find(name: str) -> Source | None:
        return Source(name.lstrip("/"), files[name]) if name in files else None

    return judge_words(script_of((*words, *command), 1, 1), Source("Dockerfile", ""), find, lambda name: False)


@pytest.mark.parametrize(("text", "verdict"), SCRIPTS)
def test_a_script(text: str, verdict: str) -> None:
    assert judged({"/entrypoint.sh": text}).verdict == verdict


@pytest.mark.parametrize(
    ("words", "command", "verdict"),
    [
        (("/usr/bin/tini", "--", "gosu", "app"), ("x",), "drops"),
        (("/bin/sh", "-c", "exec gosu app x"), (), "drops"),
        (("sh", "-c", "migrate && exec x"), (), "keeps"),
        (("python", "app.py"), (), "keeps"),
        (("/app/server",), (), "keeps"),
        (("tini", "--"), ("/entrypoint.sh",), "unknown"),
        (("tini", "--"), ("gosu", "app", "x"), "drops"),
        (("./start.sh",), (), "unknown"),
        (("setpriv", "--reuid", "1000", "--clear-groups", "x"), (), "drops"),
        (("setpriv", "--reuid", "0", "x"), (), "keeps"),
        (("chpst", "-u", "app", "x"), (), "drops"),
        (("s6-setuidgid", "app", "x"), (), "drops"),
        (("start-stop-daemon", "--start", "--chuid", "app", "--exec", "/x"), (), "drops"),
    ],
)
def test_words(words: tuple[str, ...], command: tuple[str, ...], verdict: str) -> None:
    assert judged({}, words, command).verdict == verdict


def test_scripts_lead_to_scripts() -> None:
    drops = "#!/bin/sh\nexec gosu app x\n"
    assert judged({"/entrypoint.sh": '#!/bin/sh\nexec "$@"\n'}, command=("gosu", "app", "x")).verdict == "drops"
    assert judged({"/entrypoint.sh": '#!/bin/sh\nexec "$@"\n', "/run.sh": drops}, command=("/run.sh",)).verdict == "drops"
    assert judged({"/entrypoint.sh": '#!/bin/sh\nexec /run.sh "$@"\n', "/run.sh": drops}).verdict == "drops"
    assert judged({"/entrypoint.sh": '#!/bin/sh\n. /lib.sh\nexec "$@"\n', "/lib.sh": "x=1\n"}).verdict == "keeps"


def test_scripts_that_lead_to_themselves_end() -> None:
    assert judged({"/entrypoint.sh": "#!/bin/sh\nexec /b.sh\n", "/b.sh": "#!/bin/sh\nexec /entrypoint.sh\n"}).verdict == "unknown"


def test_what_is_no_shell_script_cannot_be_judged() -> None:
    found = judged({"/entrypoint.sh": "#!/usr/bin/env python3\nimport os\n"})
    assert (found.verdict, found.reason) == ("unknown", "entrypoint.sh, which is no shell script")


def test_what_decides_is_told() -> None:
    assert judged({"/entrypoint.sh": '#!/bin/sh\nif [ -n "$PUID" ]; then exec gosu app x; fi\nexec x\n'}).reason == "[ -n $PUID ]"


def test_drops_without_exec_and_by_setuid_programs_are_told_with_their_lines() -> None:
    found = judged({"/entrypoint.sh": "#!/bin/sh\nset -e\nsu - app -c x\n"})
    assert [step.line for step in found.without_exec] == [3]
    assert [step.line for step in found.setuid] == [3]
    assert not judged({"/entrypoint.sh": '#!/bin/sh\ngosu app migrate\nexec gosu app "$@"\n'}).without_exec


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ('exec gosu "${U:-root}" "$@"', "sometimes"),
        ('exec su-exec "${PUID:-0}:${PGID:-0}" "$@"', "sometimes"),
        ('U=root\nexec gosu $U "$@"', "keeps"),
        ('U=app\nexec gosu $U "$@"', "drops"),
        ('U=${U:-app}\nexec gosu "$U:$U" "$@"', "drops"),
        ('U=${U:-root}\nexec gosu "$U" "$@"', "sometimes"),
        ('P=${P:-0}\nexec setpriv --reuid=$P --clear-groups "$@"', "sometimes"),
        (': "${P:=0}"\nexec gosu "$P" "$@"', "sometimes"),
        ('exec gosu "$U" "$@"', "unknown"),
        (': "${U:?}"\nexec gosu "$U" "$@"', "drops"),
        ('exec gosu "$(id -un 7)" "$@"', "unknown"),
        ('usermod -o -u 0 app\nexec gosu app "$@"', "sometimes"),
        ('N=${N:-0}\nusermod -u $N -o app\nexec gosu app "$@"', "sometimes"),
        ('usermod -o -u "${PUID:-911}" app\nexec gosu app "$@"', "drops"),
        ('[ "$(id -u)" != 0 ] && exec gosu app "$@"\nexec "$@"', "sometimes"),
        ('[ "$(id -u)" = 0 ] && exec gosu app "$@"\nexec "$@"', "drops"),
        ('[ "$(id -u)" != 0 ] || exec gosu app "$@"\nexec "$@"', "drops"),
        ('if [ "$(id -u)" -ne 0 ]; then exec gosu app "$@"; fi\nexec "$@"', "sometimes"),
        ('if [ "$(id -u)" -ne 0 ]; then exec "$@"; else exec gosu app "$@"; fi', "drops"),
        ('if [ "$(id -u)" = 0 ]; then echo root; else exec gosu app "$@"; fi\nexec "$@"', "sometimes"),
        ('if [ "$(id -u)" = 1000 ]; then exec gosu app "$@"; fi\nexec "$@"', "sometimes"),
        ('if [ "$1" = app ]; then exec gosu app "$@"; fi\nexec "$@"', "drops"),
        ('if [ "$1" = other ]; then exec gosu app "$@"; fi\nexec "$@"', "sometimes"),
        ('set -- other "$@"\nif [ "$1" = other ]; then exec gosu app "$@"; fi\nexec "$@"', "drops"),
        ('if [ "$1" = app ]; then\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nfi\nset -- app\nexec "$@"', "drops"),
        ('set -- app "$@"\nif [ "$1" = app ]; then\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nfi\nexec "$@"', "drops"),
        ('run() { exec gosu app "$@"; }\nexec "$@"', "keeps"),
        ('run() { exec gosu app "$@"; }\nrun "$@"', "drops"),
        ('(exec gosu app "$@")\nexec app', "keeps"),
        ('exec gosu app x | cat\nexec "$@"', "keeps"),
        ('exec gosu app "$@" &\nexec "$@"', "keeps"),
        ('gosu app "$@" &\nwait', "drops"),
        ('exit 0\nexec gosu app "$@"', "keeps"),
        ('exec runuser -g app -- "$@"', "keeps"),
    ],
)
def test_ways_around_the_drop(lines: str, verdict: str) -> None:
    assert judged({"/entrypoint.sh": f"#!/bin/sh\nset -e\n{lines}\n"}).verdict == verdict


def test_the_image_s_environment_names_the_user() -> None:
    def verdict(environment: dict[str, str | None]) -> str:
        script = Source("e.sh", '#!/bin/sh\nexec gosu "$U" "$@"\n')
        words = script_of(("/e.sh", "app"), 1, 1)
        return judge_words(words, Source("Dockerfile", ""), lambda _: script, lambda name: False, environment).verdict

    assert [verdict({"U": "app"}), verdict({"U": "root"}), verdict({"U": None}), verdict({})] == ["drops", "keeps", "unknown", "unknown"]


def test_a_program_in_the_background_leaves_a_shell_of_root() -> None:
    found = judged({"/entrypoint.sh": '#!/bin/sh\ngosu app "$@" &\nwait\n'})
    assert [step.line for step in found.without_exec] == [2]
