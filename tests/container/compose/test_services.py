from __future__ import annotations

import pytest

from gates.container.setting import Setting
from tests.container.compose.loaded import load, service


def value(setting: Setting[bool] | Setting[str] | Setting[tuple[str, ...]] | None) -> object:
    return None if setting is None else setting.value


def test_a_service_knows_where_each_setting_stands() -> None:
    spec = load("services:\n  web:\n    image: nginx:1\n    privileged: true\n").services[0]
    assert (spec.syntax, spec.name, spec.location.line) == ("compose", "web", 2)
    assert spec.privileged is not None
    assert (spec.privileged.value, spec.privileged.location.line, spec.privileged.location.column) == (True, 4, 5)
    assert spec.image is not None
    assert spec.image.value == "nginx:1"


@pytest.mark.parametrize("text", ["true", "True", "'true'", "yes", "on", "y", "'1'", "${X:-true}", "${X-YES}"])
def test_what_compose_takes_for_true(text: str) -> None:
    assert value(service(f"image: a\nprivileged: {text}").privileged) is True


@pytest.mark.parametrize("text", ["false", "'no'", "off", "n", "${X:-0}"])
def test_what_compose_takes_for_false(text: str) -> None:
    assert value(service(f"image: a\nread_only: {text}").read_only) is False


@pytest.mark.parametrize("text", ["$X", "${X:?say}", "${X:-}", '"{{ privileged }}"'])
def test_a_boolean_that_depends_on_something_is_unresolved(text: str) -> None:
    setting = service(f"image: a\nprivileged: {text}").privileged
    assert setting is not None
    assert not setting.resolved


def test_what_is_no_boolean_is_a_problem() -> None:
    compose = load("services:\n  web:\n    image: a\n    privileged: maybe\n")
    assert [problem.line for problem in compose.problems] == [4]
    assert compose.services[0].privileged is None


def test_a_default_is_told_from_what_is_written() -> None:
    spec = service("image: 'nginx:${TAG:-latest}'\nuser: '1000'")
    assert spec.image is not None
    assert (spec.image.value, spec.image.by_default) == ("nginx:latest", True)
    assert spec.user is not None
    assert not spec.user.by_default


def test_an_image_that_depends_on_a_variable_leaves_the_rest_resolved() -> None:
    spec = service("image: 'nginx:${TAG}'\nprivileged: true")
    assert spec.image is not None
    assert (spec.image.value, spec.image.text) == (None, "nginx:${TAG}")
    assert value(spec.privileged) is True


def ports(text: str) -> list[tuple[str, str, str, bool]]:
    return [(port.host_ip, port.published, port.target, port.resolved) for port in service(f"image: a\nports: [{text}]").ports]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", ("", "", "80", True)),
        ("'8080:80'", ("", "8080", "80", True)),
        ("22:22", ("", "22", "22", True)),  # YAML 1.1 reads this as a number in base 60
        ("'8080:80/udp'", ("", "8080", "80", True)),
        ("'3000-3005:4000-4005'", ("", "3000-3005", "4000-4005", True)),
        ("'127.0.0.1:8080:80'", ("127.0.0.1", "8080", "80", True)),
        ("'127.0.0.1::80'", ("127.0.0.1", "", "80", True)),
        ("'[::1]:8080:80'", ("::1", "8080", "80", True)),
        ("'${IP:-127.0.0.1}:8080:80'", ("127.0.0.1", "8080", "80", True)),
        ("'127.0.0.1:${PORT}:80'", ("127.0.0.1", "", "80", True)),
        ("'${IP}:8080:80'", ("", "8080", "80", False)),
        ("'${PORT}:80'", ("", "", "80", False)),
        ("{target: 80, published: 8080}", ("", "8080", "80", True)),
        ("{target: 80, published: '8080', host_ip: '::1', protocol: tcp}", ("::1", "8080", "80", True)),
        ("{target: 80, host_ip: $IP}", ("", "", "80", False)),
    ],
)
def test_ports(text: str, expected: tuple[str, str, str, bool]) -> None:
    assert ports(text) == [expected]


def test_an_exposed_port_is_none() -> None:
    assert service("image: a\nexpose: ['80']").ports == ()


def mount(text: str, rest: str = "") -> tuple[str, str | None, str | None, bool | None]:
    (found,) = service(f"image: a\nvolumes: [{text}]", rest).mounts
    source, target = found.source, found.target
    return found.kind, source and source.value, target and target.value, found.read_only and found.read_only.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/data", ("volume", "", "/data", None)),
        ("'data:/data'", ("volume", "data", "/data", None)),
        ("'./data:/data:ro'", ("bind", "./data", "/data", True)),
        ("'.:/data:rw,z'", ("bind", ".", "/data", False)),
        ("'../a/../b:/data'", ("bind", "../b", "/data", None)),
        ("'/var/../etc/:/data'", ("bind", "/etc", "/data", None)),
        ("'//etc:/data'", ("bind", "/etc", "/data", None)),
        ("'~/.ssh:/s'", ("bind", "~/.ssh", "/s", None)),
        ("'${HOME}/.ssh:/s'", ("bind", "~/.ssh", "/s", None)),
        ("'$HOME/.ssh:/home/$USER/.ssh'", ("bind", "~/.ssh", None, None)),
        ("'/home/${USER}/.aws:/s'", ("bind", "~/.aws", "/s", None)),
        ("'${PWD}/x:/s'", ("bind", "./x", "/s", None)),
        ("'${DIR}/x:/s'", ("bind", None, "/s", None)),
        ("'${SOCKET:-/var/run/docker.sock}:/s:${MODE:-ro}'", ("bind", "/var/run/docker.sock", "/s", True)),
        ("'./x:/s:${MODE}'", ("bind", "./x", "/s", None)),
        (r"'C:\data:/data:ro'", ("bind", r"C:\data", "/data", True)),
        ("{type: bind, source: data, target: /d, read_only: true}", ("bind", "./data", "/d", True)),
        ("{type: volume, source: data, target: /d}", ("volume", "data", "/d", None)),
        ("{type: volume, target: /d}", ("volume", "", "/d", None)),
        ("{type: tmpfs, target: /d}", ("tmpfs", "", "/d", None)),
        ("{type: npipe, source: x, target: /d}", ("bind", "./x", "/d", None)),
        ("{type: cluster, source: x, target: /d}", ("other", "x", "/d", None)),
        ("'${VOL}'", ("bind", None, None, None)),
        ("{type: $T, source: /etc, target: /d}", ("bind", "/etc", "/d", None)),
    ],
)
def test_volumes(text: str, expected: tuple[str, str | None, str | None, bool | None]) -> None:
    assert mount(text) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{type: none, o: bind, device: /}", ("bind", "/")),
        ("{type: none, o: 'rw,bind', device: '${PWD}/d'}", ("bind", "./d")),
        ("{type: ext4, device: /dev/sda1}", ("bind", "/dev/sda1")),
        ("{type: none, o: bind, device: $D}", ("bind", None)),
        ("{type: nfs, o: 'addr=10.0.0.1', device: ':/x'}", ("volume", "data")),
        ("{type: cifs, device: //host/share}", ("volume", "data")),
        ("{type: tmpfs, device: tmpfs, o: 'size=10m,uid=1'}", ("tmpfs", "data")),
    ],
)
def test_a_volume_that_stands_for_a_folder_of_the_host(options: str, expected: tuple[str, str | None]) -> None:
    found = mount("'data:/d'", f"volumes:\n  data:\n    driver_opts: {options}\n")
    assert found[:2] == expected


def test_tmpfs_has_a_size_and_options() -> None:
    spec = service(
        """
        image: a
        tmpfs: ['/run:size=64m,mode=755', /tmp]
        volumes: [{type: tmpfs, target: /x, tmpfs: {size: 1000}}, {type: bind, source: /s, target: /s, bind: {propagation: rshared}}]
        """
    )
    assert [(each.kind, each.size, each.options) for each in spec.mounts] == [
        ("tmpfs", "1000", ()),
        ("bind", "", ("rshared",)),
        ("tmpfs", "64m", ("mode=755",)),
        ("tmpfs", "", ()),
    ]


def test_volumes_from_another_service_are_mounted_too() -> None:
    compose = load(
        """
        services:
          web: {image: a, volumes_from: ['db:ro', 'container:x', gone]}
          db: {image: b, volumes: ['/etc:/e'], volumes_from: [web, root]}
          root: {image: c, volumes: ['/:/h']}
        """
    )
    (web, *_) = compose.services
    assert [(each.source and each.source.value, each.read_only and each.read_only.value) for each in web.mounts] == [
        ("/etc", True),
        ("/", True),
    ]


def test_environment_as_map_and_as_list_is_the_same() -> None:
    one = service("image: a\nenvironment: {A: 1, B: true, C: , D: '${X:-y}', E: 'a$$b'}")
    two = service("image: a\nenvironment: [A=1, B=true, C, 'D=${X:-y}', 'E=a$$b']")
    for spec in (one, two):
        assert [(each.name, value(each.value)) for each in spec.environment] == [
            ("A", "1"),
            ("B", "true"),
            ("C", None),
            ("D", "y"),
            ("E", "a$b"),
        ]
        assert spec.environment[2].value is None
        assert spec.environment[3].value is not None
        assert spec.environment[3].value.by_default


def test_variables_tell_where_they_are_written() -> None:
    spec = service(
        """
        image: a
        build: {context: ., args: [T=1]}
        labels: {l: x}
        deploy: {labels: [d=y]}
        command: run --token=abc --user u ./x A=b 'postgres://u:p@db/x'
        entrypoint: ["sh", "-c", "export KEY=abc && exec app -p q"]
        """
    )
    found = {(each.origin, each.name, value(each.value)) for each in spec.environment}
    assert found == {
        ("build-argument", "T", "1"),
        ("label", "l", "x"),
        ("label", "d", "y"),
        ("command", "--token", "abc"),
        ("command", "--user", "u"),
        ("command", "A", "b"),
        ("command", "", "postgres://u:p@db/x"),
        ("command", "KEY", "abc"),
        ("command", "-p", "q"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 'b c' d", ("a", "b c", "d")),
        ('a "b \\"c\\" d"', ("a", 'b "c" d')),
        ("a\\ b c", ("a b", "c")),
        ("a 'b'\"c\"d", ("a", "bcd")),
        ('x "" y', ("x", "", "y")),
        ("  a  b\n c ", ("a", "b", "c")),
        ("sh -c 'x && y'", ("sh", "-c", "x && y")),
        ("run ${X} $$Y", ("run", "${X}", "$Y")),
    ],
)
def test_a_command_is_split_as_compose_does(text: str, words: tuple[str, ...]) -> None:
    import json

    assert value(service(f"image: a\ncommand: {json.dumps(text)}").command) == words


def test_a_command_that_is_all_variable_is_unresolved() -> None:
    for text in ("$CMD", "['${CMD}']"):
        setting = service(f"image: a\ncommand: {text}").command
        assert setting is not None
        assert setting.value is None


def test_a_quote_that_is_not_closed_is_a_problem() -> None:
    assert load("services:\n  web:\n    image: a\n    command: it's\n").problems


@pytest.mark.parametrize(
    ("option", "field", "expected"),
    [
        ("no-new-privileges", "no_new_privileges", True),
        ("no-new-privileges:true", "no_new_privileges", True),
        ("no-new-privileges=true", "no_new_privileges", True),
        ("no-new-privileges:false", "no_new_privileges", False),
        ("no-new-privileges=$X", "no_new_privileges", None),
        ("seccomp:unconfined", "seccomp", "unconfined"),
        ("seccomp=unconfined", "seccomp", "unconfined"),
        ("seccomp=./profile.json", "seccomp", "./profile.json"),
        ("seccomp:${P:-unconfined}", "seccomp", "unconfined"),
        ("seccomp:${P}", "seccomp", None),
        ("apparmor:docker-default", "apparmor", "docker-default"),
        ("apparmor=unconfined", "apparmor", "unconfined"),
        ("label:disable", "labels_off", True),
        ("label=disable", "labels_off", True),
        ("$OPTION", "seccomp", None),
    ],
)
def test_security_options(option: str, field: str, expected: object) -> None:
    setting = getattr(service(f"image: a\nsecurity_opt: ['{option}']"), field)
    assert setting is not None
    assert setting.value == expected


def test_a_label_that_confines_is_no_label_off() -> None:
    assert service("image: a\nsecurity_opt: ['label=type:web_t']").labels_off is None


def test_capabilities_are_upper_case_without_prefix() -> None:
    spec = service("image: a\ncap_add: [CAP_SYS_ADMIN, net_raw, $X]\ncap_drop: [all]")
    assert [each.value for each in spec.cap_add] == ["SYS_ADMIN", "NET_RAW", None]
    assert [each.value for each in spec.cap_drop] == ["ALL"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mem_limit: 512m\ncpus: 0.5\npids_limit: 100", ("512m", "0.5", "100")),
        ("mem_limit: 0\ncpus: 0\npids_limit: -1", (None, None, None)),
        ("mem_limit: '0'\ncpus: '0.0'\npids_limit: 0", (None, None, None)),
        ("deploy: {resources: {limits: {memory: 1g, cpus: '1', pids: 5}}}", ("1g", "1", "5")),
        ("deploy: {resources: {limits: {memory: 0}}}\nmem_limit: 1g", ("1g", None, None)),
        ("deploy: {resources: {reservations: {memory: 1g}}}\nmem_reservation: 1g", (None, None, None)),
        ("cpu_quota: 50000", (None, "0.5", None)),
        ("cpu_quota: 50000\ncpu_period: 50000", (None, "1", None)),
        ("mem_limit: ${M:-1g}", ("1g", None, None)),
    ],
)
def test_limits(text: str, expected: tuple[str | None, ...]) -> None:
    spec = service(f"image: a\n{text}")
    assert (value(spec.memory), value(spec.cpus), value(spec.pids)) == expected


def test_a_limit_that_depends_on_a_variable_is_unresolved() -> None:
    memory = service("image: a\nmem_limit: ${M}").memory
    assert memory is not None
    assert not memory.resolved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test: curl -f http://localhost", True),
        ("test: [CMD, x]", True),
        ("test: [NONE]", False),
        ("disable: true", False),
        ("disable: true\n  test: [CMD, x]", False),
        ("disable: $D", None),
    ],
)
def test_a_health_check(text: str, expected: bool | None) -> None:
    setting = service(f"image: a\nhealthcheck:\n  {text}").healthcheck
    assert setting is not None
    assert setting.value is expected


def test_a_health_check_without_a_test_says_nothing() -> None:
    assert service("image: a\nhealthcheck: {interval: 5s}").healthcheck is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./app", ("svc/app", "svc/app/Dockerfile")),
        (".", ("svc", "svc/Dockerfile")),
        ("..", ("", "Dockerfile")),
        ("../..", (None, None)),
        ("{context: ../, dockerfile: docker/Dockerfile.prod}", ("", "docker/Dockerfile.prod")),
        ("{dockerfile: D}", ("svc", "svc/D")),
        ("{context: 'https://example.com/x.git'}", (None, None)),
        ("{context: $X}", (None, None)),
        ("{context: ., dockerfile: $X}", ("svc", None)),
        ("{context: ., dockerfile_inline: FROM a}", ("svc", None)),
    ],
)
def test_what_is_built(text: str, expected: tuple[str | None, str | None]) -> None:
    build = load(f"services:\n  web:\n    build: {text}\n", "svc/compose.yaml").services[0].build
    assert build is not None
    assert (build.context, build.dockerfile) == expected


def test_a_build_has_a_target_and_its_own_dockerfile() -> None:
    build = service("build: {context: ., target: prod, dockerfile_inline: FROM a}").build
    assert build is not None
    assert (build.target, build.inline) == ("prod", "FROM a")


def test_files_of_variables_and_secrets_are_paths_of_the_repository() -> None:
    compose = load(
        """
        services:
          web:
            image: a
            build: {context: ., secrets: [{source: built}]}
            env_file: [a.env, {path: ../b.env, required: false}, /etc/c.env]
            secrets: [one, {source: two, target: x}, out]
        secrets:
          one: {file: ./one.txt}
          two: {environment: TWO}
          out: {file: ../../out.txt}
          built: {file: built.txt}
          unused: {file: unused.txt}
        """,
        "svc/compose.yaml",
    )
    (spec,) = compose.services
    assert [each.value for each in spec.env_files] == ["svc/a.env", "b.env", "/etc/c.env"]
    assert [each.value for each in spec.secret_files] == ["svc/one.txt", "../../out.txt", "svc/built.txt"]


def test_namespaces_devices_and_the_rest() -> None:
    spec = service(
        """
        image: a
        user: 0
        network_mode: host
        pid: host
        ipc: "service:x"
        uts: host
        userns_mode: host
        cgroup: host
        devices: [/dev/kvm, {source: /dev/mem, target: /dev/mem, permissions: rwm}]
        device_cgroup_rules: ['c 1:1 rwm']
        sysctls: {net.core.somaxconn: 1024}
        use_api_socket: true
        """
    )
    assert [value(each) for each in (spec.user, spec.network, spec.pid, spec.ipc, spec.uts, spec.user_namespace, spec.cgroup)] == [
        "0",
        "host",
        "host",
        "service:x",
        "host",
        "host",
        "host",
    ]
    assert [each.value for each in spec.devices] == ["/dev/kvm", "/dev/mem:/dev/mem:rwm", "c 1:1 rwm"]
    assert [each.value for each in spec.sysctls] == ["net.core.somaxconn=1024"]
    assert value(spec.api_socket) is True
    assert [each.value for each in service("image: a\nsysctls: ['a=1']").sysctls] == ["a=1"]


@pytest.mark.parametrize("top", ["outside: {external: true, name: host}", "outside: {external: {name: host}}"])
def test_a_network_that_is_the_host_under_another_name(top: str) -> None:
    for given in ("[outside]", "{outside: {aliases: [x]}}"):
        assert value(service(f"image: a\nnetworks: {given}", f"networks:\n  {top}\n").network) == "host"
    assert service("image: a\nnetworks: [own]", "networks:\n  own: {internal: true}\n").network is None


def test_a_hook_with_all_privileges_counts_as_the_service() -> None:
    spec = service("image: a\nprivileged: false\npost_start: [{command: x, privileged: true}]")
    assert value(spec.privileged) is True


def test_absence_says_nothing_in_a_fragment() -> None:
    assert "memory" in service("privileged: true").unsaid
    assert not service("image: a").unsaid
    assert not service("build: .").unsaid


def test_a_job_is_short_lived() -> None:
    assert service("image: a\ndeploy: {mode: replicated-job}").short_lived
    assert not service("image: a\ndeploy: {mode: replicated}").short_lived


def test_what_a_provider_starts_is_no_container() -> None:
    assert load("services:\n  model: {provider: {type: model}}\n").services == ()


def test_services_of_profiles_are_told_too() -> None:
    assert service("image: a\nprofiles: [debug]\nprivileged: true").privileged is not None


def test_a_value_of_the_wrong_kind_does_not_hide_what_is_dangerous() -> None:
    compose = load("services:\n  web:\n    image: a\n    ports: '80:80'\n    volumes: {a: b}\n    cap_add: SYS_ADMIN\n    environment: x\n")
    (spec,) = compose.services
    assert [each.line for each in compose.problems] == [5, 4]
    assert spec.ports
    assert [each.value for each in spec.cap_add] == ["SYS_ADMIN"]
