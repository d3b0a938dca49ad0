from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.container.compose import loading
from gates.container.compose.loading import override
from gates.container.compose.model import Compose
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError
from tests.container.compose.loaded import load, load_files


def only(compose: Compose) -> dict[str, RuntimeSpec]:
    assert not compose.problems, compose.problems
    return {spec.name: spec for spec in compose.services}


def messages(compose: Compose) -> str:
    return "\n".join(f"{problem.path}:{problem.line} {problem.message}" for problem in compose.problems)


# merge keys


def test_a_merge_key_keeps_the_place_where_a_value_is_defined() -> None:
    spec = only(
        load(
            """\
            x-base: &base
              image: a
              privileged: true
            services:
              web:
                <<: *base
                image: b
            """
        )
    )["web"]
    assert spec.privileged is not None
    assert (spec.privileged.value, spec.privileged.location.line) == (True, 3)
    assert spec.image is not None
    assert (spec.image.value, spec.image.location.line) == ("b", 7)


@pytest.mark.parametrize("keys", ["<<: [*a, *b]", "<<: *b\n    <<: *a"])
def test_of_several_merged_mappings_one_wins_and_all_count(keys: str) -> None:
    text = f"x-a: &a {{image: a, user: u}}\nx-b: &b {{image: b, privileged: true}}\nservices:\n  web:\n    {keys}\n"
    spec = only(load(text))["web"]
    assert spec.image
    assert spec.user
    assert spec.privileged
    assert (spec.image.value, spec.user.value, spec.privileged.value) == ("a", "u", True)


def test_merge_keys_replace_nested_values_whole() -> None:
    text = "x-a: &a {environment: {A: 1}}\nservices:\n  web:\n    <<: *a\n    image: i\n    environment: {B: 2}\n"
    assert [each.name for each in only(load(text))["web"].environment] == ["B"]


def test_merging_what_is_no_mapping_is_a_problem() -> None:
    assert "<< takes a mapping" in messages(load("services:\n  web:\n    <<: text\n    image: a\n"))


def test_an_aliased_service_is_a_service() -> None:
    found = only(load("services:\n  one: &one {image: a, privileged: true}\n  two: *one\n"))
    assert found["two"].privileged is not None
    assert found["two"].location.line == 3


# override files

BASE = "services:\n  web:\n    image: a\n"


def pair(base: str, over: str) -> RuntimeSpec:
    compose = load_files({"compose.yaml": BASE + base, "compose.override.yaml": "services:\n  web:\n" + over}, merged=True)
    assert compose.merged
    assert compose.files == ("compose.yaml", "compose.override.yaml")
    return only(compose)["web"]


def test_an_override_file_adds_and_replaces() -> None:
    spec = pair("    privileged: true\n    user: app\n", "    privileged: false\n    read_only: true\n")
    assert spec.privileged
    assert spec.read_only
    assert spec.user
    assert (spec.privileged.value, spec.read_only.value, spec.user.value) == (False, True, "app")
    assert (spec.privileged.location.path, spec.user.location.path, spec.location.path) == (
        "compose.override.yaml",
        "compose.yaml",
        "compose.yaml",
    )


def test_lists_are_joined() -> None:
    spec = pair(
        "    cap_add: [A]\n    security_opt: [label=disable]\n", "    cap_add: [A, B]\n    security_opt: ['no-new-privileges:true']\n"
    )
    assert [each.value for each in spec.cap_add] == ["A", "B"]
    assert spec.labels_off
    assert spec.no_new_privileges


def test_ports_are_joined_unless_they_are_the_same() -> None:
    spec = pair(
        "    ports: ['80:80', '127.0.0.1:81:81', {target: 9, published: 9}]\n", "    ports: ['127.0.0.1:80:80', '127.0.0.1:81:81', '9:9']\n"
    )
    assert [(port.host_ip, port.target) for port in spec.ports] == [("", "80"), ("127.0.0.1", "81"), ("", "9"), ("127.0.0.1", "80")]


def test_volumes_are_replaced_by_target() -> None:
    spec = pair(
        "    volumes: ['./a:/x', 'two:/y', 'three:/$T', 'four:/$U']\n",
        "    volumes: ['/etc:/x:ro', {type: bind, source: /z, target: /y}]\n",
    )
    assert [mount.source and mount.source.value for mount in spec.mounts] == ["/etc", "/z", "three", "four"]


def test_variables_are_merged_by_name_in_either_syntax() -> None:
    spec = pair("    environment: [A=1, B, C=3]\n", "    environment: {A: 2, B: b, D: }\n")
    assert [(each.name, each.value and each.value.value) for each in spec.environment] == [("A", "2"), ("B", "b"), ("C", "3"), ("D", None)]
    spec = pair("    environment: {dns: a, labels: b, test: c}\n", "    environment: [dns=x, labels=y, 'test=${Z:-d}']\n")
    assert [each.value and each.value.value for each in spec.environment] == ["x", "y", "d"]


def test_commands_and_tests_are_replaced() -> None:
    spec = pair("    command: a\n    healthcheck: {test: [CMD, x], interval: 5s}\n", "    command: [b]\n    healthcheck: {test: [NONE]}\n")
    assert spec.command
    assert spec.command.value == ("b",)
    assert spec.healthcheck
    assert spec.healthcheck.value is False


def test_a_build_is_merged_from_text_and_mapping() -> None:
    spec = pair("    build: ./x\n", "    build: {dockerfile: D, args: [A=1]}\n")
    assert spec.build
    assert (spec.build.context, spec.build.dockerfile) == ("x", "x/D")


def test_limits_are_merged_deeply() -> None:
    spec = pair("    deploy: {resources: {limits: {memory: 1g}}}\n", "    deploy: {resources: {limits: {pids: 5}}}\n")
    assert spec.memory
    assert spec.pids


def test_null_overrides_nothing() -> None:
    spec = pair("    privileged: true\n    ports: ['80:80']\n    cap_add: [A]\n", "    privileged:\n    ports:\n    cap_add:\n")
    assert spec.privileged
    assert spec.ports
    assert spec.cap_add


def test_reset_takes_out_and_override_replaces() -> None:
    base = "    ports: ['80:80']\n    privileged: true\n    environment: {A: 1, B: 2}\n    cap_add: [A]\n"
    spec = pair(
        base, "    ports: !override ['81:81']\n    privileged: !reset false\n    environment: {A: !reset null}\n    cap_add: !reset []\n"
    )
    assert spec.privileged is None
    assert not spec.cap_add
    assert [port.target for port in spec.ports] == ["81"]
    assert [each.name for each in spec.environment] == ["B"]


def test_reset_holds_in_a_file_by_itself_too() -> None:
    spec = only(
        load("services:\n  web:\n    image: a\n    privileged: !reset true\n    ports: !reset ['80:80']\n    cap_add: !override [A]\n")
    )["web"]
    assert spec.privileged is None
    assert not spec.ports
    assert spec.cap_add


def test_what_cannot_be_merged_is_a_problem_and_the_override_is_judged() -> None:
    compose = load_files(
        {"compose.yaml": BASE + "    volumes: ['a:/b']\n", "compose.override.yaml": "services:\n  web: text\n"}, merged=True
    )
    assert "is a mapping" in messages(compose) or "cannot be merged" in messages(compose)


def test_a_file_by_itself_is_judged_without_its_override() -> None:
    compose = load_files({"compose.yaml": BASE, "compose.override.yaml": "services:\n  web: {privileged: true}\n"})
    assert not compose.merged
    assert only(compose)["web"].privileged is None


def test_a_broken_override_is_a_problem_of_that_file() -> None:
    compose = load_files({"compose.yaml": BASE, "compose.override.yaml": "services: [\n"}, merged=True)
    assert [problem.path for problem in compose.problems] == ["compose.override.yaml"]
    assert [spec.name for spec in compose.services] == ["web"]


@pytest.mark.parametrize(
    ("path", "present", "expected"),
    [
        ("compose.yaml", ["compose.override.yaml"], "compose.override.yaml"),
        ("compose.yaml", ["compose.override.yml", "compose.override.yaml"], "compose.override.yml"),
        ("compose.yaml", ["docker-compose.override.yml"], "docker-compose.override.yml"),
        ("docker-compose.yml", ["docker-compose.override.yml"], "docker-compose.override.yml"),
        ("docker-compose.yml", ["compose.override.yaml"], "compose.override.yaml"),
        ("docker-compose.yml", ["compose.yaml", "compose.override.yaml"], None),
        ("docker-compose.yml", ["compose.yaml", "docker-compose.override.yaml"], "docker-compose.override.yaml"),
        ("compose.prod.yaml", ["compose.override.yaml"], None),
        ("compose.override.yaml", ["compose.yaml"], None),
        ("a/compose.yaml", ["compose.override.yaml"], None),
        ("a/compose.yaml", ["a/compose.override.yaml"], "a/compose.override.yaml"),
    ],
)
def test_which_override_belongs_to_a_file(path: str, present: list[str], expected: str | None) -> None:
    assert override(path, [path, *present]) == expected


def test_the_documents_of_a_file_are_merged() -> None:
    spec = only(load(BASE + "    ports: ['80:80']\n---\nservices:\n  web:\n    privileged: true\n    ports: ['81:81']\n"))["web"]
    assert spec.privileged
    assert len(spec.ports) == 2


# extends


def test_a_service_has_what_it_extends() -> None:
    found = only(
        load(
            """
            services:
              web:
                extends: base
                image: b
                ports: ['81:81']
                environment: {A: 2}
              base:
                extends: {service: root}
                ports: ['80:80']
                command: x
              root:
                image: r
                privileged: true
                environment: [A=1, Z=9]
            """
        )
    )
    web = found["web"]
    assert web.image
    assert web.privileged
    assert web.command
    assert (web.image.value, web.privileged.location.line, web.location.line) == ("b", 14, 3)
    assert [port.target for port in web.ports] == ["80", "81"]
    assert {each.name: each.value and each.value.value for each in web.environment} == {"A": "2", "Z": "9"}


def test_reset_and_override_count_against_what_is_extended() -> None:
    text = """
        services:
          web: {extends: base, ports: !reset [], cap_add: !override [C]}
          base: {image: a, ports: ['80:80'], cap_add: [A]}
        """
    web = only(load(text))["web"]
    assert not web.ports
    assert [each.value for each in web.cap_add] == ["C"]


def test_paths_are_relative_to_the_file_that_has_them() -> None:
    compose = load_files(
        {
            "app/compose.yaml": "services:\n  web:\n    extends: {file: ../common/base.yaml, service: base}\n    env_file: here.env\n",
            "common/base.yaml": "services:\n  base: {extends: {file: deep/root.yaml, service: root}, build: ./x, env_file: there.env}\n",
            "common/deep/root.yaml": "services:\n  root:\n    privileged: true\n    env_file: deep.env\n",
        },
        "app/compose.yaml",
    )
    web = only(compose)["web"]
    assert web.build
    assert web.build.context == "common/x"
    assert [each.value for each in web.env_files] == ["common/deep/deep.env", "common/there.env", "app/here.env"]
    assert web.privileged
    assert web.privileged.location.path == "common/deep/root.yaml"
    assert compose.files == ("app/compose.yaml", "common/base.yaml", "common/deep/root.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  a: {extends: a, image: x}\n",
        (
            "services:\n  a: {extends: b, image: x}\n  b: {extends: {service: c}, image: x}\n"
            "  c: {extends: {file: compose.yaml, service: a}, image: x}\n"
        ),
    ],
)
def test_a_cycle_of_extends_is_a_problem(text: str) -> None:
    compose = load(text)
    assert "extends itself" in messages(compose)
    assert all(spec.image for spec in compose.services)


@pytest.mark.parametrize(
    ("extends", "way_out"),
    [
        ("gone", ""),
        ("{service: gone}", ""),
        ("{service: $X}", "or exclude compose.yaml"),
        ("{file: gone.yaml, service: a}", "or exclude compose.yaml"),
        ("{file: ../../gone.yaml, service: a}", "put it into the repository"),
        ("{file: 'https://example.com/c.yaml', service: a}", "put it into the repository"),
        ("{file: $X, service: a}", "put it into the repository"),
        ("{file: ./other.yaml, service: gone}", ""),
        ("[a]", ""),
    ],
)
def test_what_cannot_be_extended_is_a_problem_and_the_rest_is_judged(extends: str, way_out: str) -> None:
    compose = load(f"services:\n  web:\n    extends: {extends}\n    privileged: true\n", other_yaml="services: {a: {image: b}}\n")
    assert [problem.unseen for problem in compose.problems] == [False]
    assert way_out in compose.problems[0].message
    assert compose.services[0].privileged
    assert compose.services[0].unsaid


def test_a_long_chain_of_extends_is_a_problem() -> None:
    text = "services:\n  s0: {image: a}\n" + "".join(f"  s{i + 1}: {{extends: s{i}}}\n" for i in reversed(range(100)))
    assert "extend one another" in messages(load(text))


def test_merging_is_bounded() -> None:
    text = "services:\n  b: {image: a, cap_add: [" + ", ".join(f"A{i}" for i in range(1_000)) + "]}\n"
    compose = load(text + "".join(f"  s{i}: {{extends: b, cap_add: [X]}}\n" for i in range(500)))
    assert "copied by merging" in messages(compose)
    assert not compose.services


# include


def test_an_included_file_adds_its_services() -> None:
    compose = load_files(
        {
            "compose.yaml": "include: [sub/inc.yaml]\nservices:\n  web: {image: a, volumes: ['data:/d']}\n",
            "sub/inc.yaml": "services:\n  other: {build: ./x, env_file: e.env}\n"
            "volumes:\n  data: {driver_opts: {type: none, o: bind, device: /etc}}\n",
        }
    )
    found = only(compose)
    assert found["other"].build
    assert found["other"].build.context == "sub/x"
    assert [each.value for each in found["other"].env_files] == ["sub/e.env"]
    assert found["web"].mounts[0].kind == "bind"


def test_the_long_syntax_merges_files_and_moves_the_folder() -> None:
    compose = load_files(
        {
            "compose.yaml": "include:\n  - {path: [sub/a.yaml, sub/b.yaml], project_directory: ., env_file: x.env}\n",
            "sub/a.yaml": "services:\n  web: {build: ./x}\n",
            "sub/b.yaml": "services:\n  web: {privileged: true}\n",
        }
    )
    web = only(compose)["web"]
    assert web.build
    assert web.build.context == "x"
    assert web.privileged


def test_an_override_applies_to_what_is_included() -> None:
    files = {
        "compose.yaml": "include: [sub/inc.yaml]\n",
        "compose.override.yaml": "services:\n  web: {privileged: true}\n",
        "sub/inc.yaml": "services:\n  web: {image: a}\n",
    }
    web = only(load_files(files, merged=True))["web"]
    assert web.image
    assert web.privileged


def test_a_name_in_both_is_a_problem() -> None:
    compose = load("include: [inc.yaml]\nservices:\n  web: {image: a}\n", inc_yaml="services:\n  web: {image: b}\n")
    assert "included file" in messages(compose)
    assert compose.services[0].image
    assert compose.services[0].image.value == "a"


def test_the_same_file_may_be_included_twice() -> None:
    compose = load(
        "include: [a.yaml, b.yaml]\n",
        a_yaml="include: [c.yaml]\nservices: {a: {image: a}}\n",
        b_yaml="include: [c.yaml]\nservices: {b: {image: b}}\n",
        c_yaml="services: {c: {image: c}}\n",
    )
    assert set(only(compose)) == {"a", "b", "c"}


def test_a_cycle_of_includes_is_a_problem() -> None:
    compose = load("include: [a.yaml]\nservices: {w: {image: a}}\n", a_yaml="include: [compose.yaml]\nservices: {a: {image: a}}\n")
    assert "includes itself" in messages(compose)
    assert {spec.name for spec in compose.services} == {"w", "a"}


@pytest.mark.parametrize("entry", ["gone.yaml", "../x.yaml", "https://example.com/c.yaml", "$X", "{path: $X}"])
def test_what_cannot_be_included_is_a_problem(entry: str) -> None:
    compose = load(f"include:\n  - {entry}\nservices: {{w: {{image: a}}}}\n")
    assert [problem.unseen for problem in compose.problems] == [False]
    assert compose.services


# what a compose file is


def test_services_at_the_top_are_version_1() -> None:
    found = only(
        load("web:\n  image: a\n  net: host\n  privileged: true\n  dockerfile: D\ndb:\n  build: .\n  dockerfile: D\n", "docker-compose.yml")
    )
    assert found["web"].network
    assert found["web"].network.value == "host"
    assert found["db"].build
    assert found["db"].build.dockerfile == "D"


@pytest.mark.parametrize(
    "text",
    [
        "coverage: {status: on}\n",
        "image: {repository: a}\nservice: {port: 80}\n",
        "web: {image: {repository: a}}\n",
        "version: '3'\nweb: {image: a}\n",
        "- a\n",
        "text\n",
        "",
        "services: [docker]\n",
    ],
)
def test_what_is_no_compose_file_has_nothing_to_tell(text: str) -> None:
    compose = load(text, "values.yaml")
    assert not compose.services
    assert not compose.problems
    assert not compose.unknown


@pytest.mark.parametrize("text", ["coverage: {status: on}\n", "- a\n", "", "services: [docker]\n", "---\n---\n"])
def test_a_name_that_promises_a_compose_file_makes_it_a_problem(text: str) -> None:
    assert load(text, "docker-compose.yml").problems


def test_a_fragment_without_services_is_no_problem() -> None:
    compose = load("x-a: 1\nvolumes: {}\nnetworks: {a: }\n")
    assert not compose.problems
    assert not compose.services


def test_a_service_that_is_no_mapping_is_a_problem() -> None:
    assert [problem.line for problem in load("services:\n  web: text\n  db: [a]\n  empty:\n").problems] == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web:\n    image: {{ image }}\n",
        "services:\n{% for x in y %}\n  web: {}\n{% endfor %}\n",
        "{{- if .Values.x }}\nservices: {}\n{{- end }}\n",
        "services:\n  {{cookiecutter.name}}:\n    image: a\n",
        "services:\n  web:\n    ports:\n      - {{ port }}:80\n",
    ],
)
def test_a_template_is_told_as_one(text: str) -> None:
    compose = load(text)
    assert compose.template
    assert not compose.services
    assert [problem.unseen for problem in compose.problems] == [True]


def test_templates_of_the_engine_are_plain_values() -> None:
    text = "services:\n  web:\n    image: a\n    hostname: '{{.Node.Hostname}}'\n    labels: ['x={{ normalize .Name }}']\n"
    assert not load(text).template
    assert only(load(text))["web"].environment


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web:\n    image: a\n  web:\n    image: b\n",
        "services: [\n",
        "a: &a [*a]\n",
        "services:\n\tweb: {}\n    labels: ['{{ .Name }}']\n",
        "services: {}\n# {{ x }}\n'\n",
    ],
)
def test_a_broken_file_is_an_error_and_no_template(text: str) -> None:
    with pytest.raises(DocumentError):
        load(text)


@pytest.mark.parametrize("data", [b"\xff{{ x }}", b"{{ x }}\0", b"{{ x }}: " + b"#" * (1 << 20), None])
def test_what_cannot_be_read_is_an_error(data: bytes | None) -> None:
    with pytest.raises(DocumentError):
        loading.load("compose.yaml", lambda _: data)


def test_an_alias_bomb_is_an_error() -> None:
    bomb = "x-0: &x0 [a, a]\n" + "".join(f"x-{i + 1}: &x{i + 1} [{', '.join([f'*x{i}'] * 10)}]\n" for i in range(9))
    with pytest.raises(DocumentError):
        load(bomb + "services: {}\n")


def test_a_value_that_cannot_be_interpolated_is_a_problem_that_does_not_show_it() -> None:
    compose = load("services:\n  web:\n    image: a\n    environment: {P: 'hidden${'}\n")
    assert [problem.line for problem in compose.problems] == [4]
    assert "hidden" not in messages(compose)


def test_thousands_of_problems_are_bounded() -> None:
    compose = load("include:\n" + "  - compose.yaml\n" * 3_000)
    assert len(compose.problems) <= loading.MAX_PROBLEMS


@settings(deadline=None)
@given(st.data())
def test_no_change_of_a_file_makes_it_raise_anything_else(data: st.DataObject) -> None:
    text = """include: [a.yaml]
services:
  web: &w
    <<: [*w, {image: a}]
    image: "a:${T:-1}"
    ports: ["80:80", {target: 80}]
    volumes: ["./a:/b:ro", {type: bind, source: /, target: /h}]
    environment: [A=1, "B=${C}"]
    build: {context: ., args: {A: 1}}
    deploy: {resources: {limits: {memory: 1g}}}
    healthcheck: {test: [NONE]}
    security_opt: [no-new-privileges:true]
    extends: {service: db}
    networks: [n]
    secrets: [s]
    volumes_from: [db]
  db: !reset {image: b}
networks: {n: {external: true}}
secrets: {s: {file: s}}
""".replace("*w", "{}")
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 30)))
    changed = (
        text[:at]
        + data.draw(st.sampled_from(["", "{}", "[]", "null", "1", "true", "- ", ": ", "!reset ", "$", "${", "\n", "'", "x: 1", "[[a]]"]))
        + text[end:]
    )
    try:
        compose = load_files({"compose.yaml": changed, "a.yaml": changed, "compose.override.yaml": text}, merged=True)
    except DocumentError:
        return
    assert all(spec.name for spec in compose.services)


# what else starts containers


def test_jobs_are_containers_that_end() -> None:
    base = """
        include: [inc.yaml]
        services:
          web: {image: a}
        jobs:
          web: {extends: base, privileged: true, triggers: {manual: true}}
          base: {image: b, cap_add: [A]}
        """
    over = "jobs:\n  web: {user: root}\n"
    included = "jobs:\n  nightly: {image: c, volumes_from: [web]}\n"
    compose = load_files({"compose.yaml": base, "compose.override.yaml": over, "inc.yaml": included}, merged=True)
    assert not compose.problems
    assert not compose.unknown
    found = [(spec.name, spec.short_lived) for spec in compose.services]
    assert found == [("web", False), ("web", True), ("base", True), ("nightly", True)]
    job = compose.services[1]
    assert job.privileged
    assert job.cap_add
    assert job.user
    assert job.image


def test_what_runs_before_a_service_is_a_container_of_its_own() -> None:
    compose = load(
        """
        services:
          web:
            image: a
            pre_start:
              - {command: x}
              - {command: y, privileged: true, volumes: ['/:/host'], per_replica: true}
        """
    )
    assert not compose.unknown
    names = {spec.name: spec for spec in compose.services}
    assert list(names) == ["web", "web.pre_start.1", "web.pre_start.2"]
    assert names["web.pre_start.2"].privileged
    assert names["web.pre_start.2"].mounts
    assert names["web.pre_start.2"].unsaid
    assert names["web.pre_start.2"].short_lived
    assert names["web"].privileged is None
