from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.run_lines import Kind, found, read
from gates.container.spec import RuntimeSpec


def specs(text: str, kind: Kind = "script") -> list[RuntimeSpec]:
    return list(read(text, "a/run", kind=kind))


def image(spec: RuntimeSpec) -> str | None:
    return spec.image.value if spec.image else None


@pytest.mark.parametrize(
    "text",
    [
        "docker run x",
        "docker create x",
        "docker container run x",
        "docker container create x",
        "podman run x",
        "nerdctl run x",
        "sudo -E docker run x",
        "/usr/bin/docker run x",
        "docker --context a --tls run x",
        "docker -H unix:///a -D run x",
        "podman --log-level=debug --root /a run x",
        "A=b exec docker run x",
        "id=$(docker run x)",
        "if ! docker run x; then exit; fi",
        "for i in 1 2; do docker run x & done",
        "sh -c 'docker run x'",
        "trap 'docker run x' EXIT",
        "bash <<EOF\ndocker run x\nEOF",
        "cat a | docker run x",
        "$DOCKER run x",
        "${CONTAINER_ENGINE:-docker} run x",
        '"$DOCKER_BIN" run x',
        "$SUDO docker run x",
        "CMD='docker run'\n$CMD x",
        "timeout 5 docker run x",
        "xargs -n1 docker run x",
        "#!/bin/bash\r\ndocker run \\\r\n  x\r\n",
    ],
)
def test_containers_are_found(text: str) -> None:
    (spec,) = specs(text)
    assert image(spec) == "x"


@pytest.mark.parametrize(
    "text",
    [
        "echo docker run x",
        "# docker run x",
        "echo 'docker run x'",
        "docker run --help",
        "docker run",
        "docker exec x",
        "docker compose run x",
        "docker-compose run x",
        "docker build run",
        "docker start run",
        "cat <<EOF\ndocker run x\nEOF",
        "$RUNNER run x",
        "#!/usr/bin/env python3\ndocker run x",
    ],
)
def test_other_lines_are_left_alone(text: str) -> None:
    assert specs(text) == []


def test_the_line_of_a_review() -> None:
    text = """When deploying, prefer:
```sh
docker run \\
--read-only \\
--cap-drop ALL \\
--security-opt no-new-privileges \\
--tmpfs /tmp \\
--user $(id -u):$(id -g) \\
robot-dev-team-app
```
"""
    (spec,) = specs(text, "markdown")
    assert spec.example
    assert image(spec) == "robot-dev-team-app"
    assert spec.read_only is not None
    assert spec.no_new_privileges is not None
    assert spec.no_new_privileges.value is True
    assert spec.no_new_privileges.location.line == 6
    assert [drop.value for drop in spec.cap_drop] == ["ALL"]
    assert spec.user is not None
    assert (spec.user.value, spec.user.text) == (None, "$(id -u):$(id -g)")
    assert [(mount.kind, mount.target.text) for mount in spec.mounts if mount.target] == [
        ("tmpfs", text.partition("--tmpfs ")[2].split()[0])
    ]


def test_names() -> None:
    names = [
        spec.name
        for spec in specs("docker run a; podman run b\ndocker run c\ndocker run --name web d\ndocker run --name web e; docker create f")
    ]
    assert names == ["docker run", "podman run", "docker run 2", "web", "web (2)", "docker create"]


def test_options_kept_in_variables() -> None:
    text = """
OPTS="--privileged -v /etc:/e"
ARGS=(--net host
  -e A=b)
ARGS+=(--pid=host)
[ -t 0 ] && OPTS="$OPTS -it"
export IMAGE=${IMAGE:-x:1}
docker run $OPTS "${ARGS[@]}" "$IMAGE" y
"""
    (spec,) = specs(text)
    assert spec.privileged is not None
    assert spec.privileged.value is True
    assert spec.privileged.location.line == 8
    assert {mount.source.value for mount in spec.mounts if mount.source} == {"/etc"}
    assert spec.network is not None
    assert spec.network.value == "host"
    assert spec.pid is not None
    assert spec.image is not None
    assert (spec.image.value, spec.image.by_default) == ("x:1", True)


def test_a_variable_with_several_values_is_not_known() -> None:
    (spec,) = specs('I=a\nif b; then I=c; fi\ndocker run "$I"')
    assert image(spec) is None


def test_an_engine_over_the_network() -> None:
    text = "DOCKER_HOST=tcp://h:2375 docker run a\ndocker -H tcp://h:2376 --tlsverify run b\ndocker --host=$H run c"
    found_ = [[(each.name, each.value.value if each.value else None) for each in spec.environment] for spec in specs(text)]
    assert found_ == [
        [("DOCKER_HOST", "tcp://h:2375")],
        [("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1")],
        [("DOCKER_HOST", None)],
    ]


def test_makefile() -> None:
    text = """IMAGE ?= foo:1  # the image
DOCKER := docker
FLAGS = --rm \\
  --net host
ID = $(shell id -u)
.PHONY: run
run: build
\t@echo docker run no
\t@-$(DOCKER) run $(FLAGS) -v $(PWD):/a -v "$(CURDIR)/b:/b" -e X=$$HOME -u $$(id -u) \\
\t   -v ${HOME}/.ssh:/c '$(IMAGE)' sh -c 'echo $(X)'
clean: ; docker run --privileged $(EXTRA_ARGS) y
ifdef A
endif
"""
    first, second = specs(text, "makefile")
    assert image(first) == "foo:1"
    assert first.location.line == 9
    assert first.short_lived
    assert first.network is not None
    assert first.network.value == "host"
    assert [mount.source.value for mount in first.mounts if mount.source] == [".", "./b", "~/.ssh"]
    assert first.mounts[2].location.line == 10
    assert first.mounts[0].source is not None
    assert first.mounts[0].source.text == "$(PWD)"
    assert first.user is not None
    assert first.user.text == "$(id -u)"
    assert first.command is not None
    assert first.command.value == ("sh", "-c", "echo $(X)")
    assert second.location.line == 11
    assert second.privileged is not None
    assert image(second) == "y"


MARKDOWN = """# Title

    docker run indented

```console
$ docker run -d \\
>   -p 80:80 one
0123abcd docker run no
$ ls
# docker run two
```

1. First
   ~~~bash
   # docker run no
   docker run -v <your path>:/data <image>
   ~~~

```python
docker run no
```

```
docker run [OPTIONS] IMAGE [COMMAND]
docker run ... three
```

`docker run inline`
"""


def test_markdown() -> None:
    found_ = specs(MARKDOWN, "markdown")
    assert [(image(spec), spec.location.line, spec.location.column) for spec in found_] == [
        ("one", 6, 1),
        ("two", 10, 1),
        (None, 16, 4),
        (None, 24, 1),
        ("three", 25, 1),
    ]
    assert all(spec.example for spec in found_)
    assert found_[2].image is not None
    assert found_[2].image.text == "<image>"
    assert [port.location.line for port in found_[0].ports] == [7]


def test_a_step_of_a_workflow() -> None:
    text = "docker run -v ${{ github.workspace }}:/a -e 'T=${{ secrets.T || 'b' }}' \\\n  ${{ env.IMAGE }} c\n"
    (spec,) = read(text, "w.yml", kind="workflow-run", line=20, column=11)
    assert (spec.location.line, spec.location.column) == (20, 11)
    assert spec.mounts[0].source is not None
    assert spec.mounts[0].source.value == "."
    assert [(each.name, each.value.value if each.value else "") for each in spec.environment] == [("T", None)]
    assert spec.image is not None
    assert (spec.image.value, spec.image.text, spec.image.location.line, spec.image.location.column) == (None, "${{ env.IMAGE }}", 21, 13)
    assert spec.command is not None
    assert spec.command.value == ("c",)


def test_reading_goes_on_behind_what_cannot_be_read() -> None:
    result = found("docker run a\nif b; then\ndocker run c\necho )\ndocker run d\necho 'e\n", "x", kind="script")
    assert [image(spec) for spec in result.specs] == ["a", "c", "d"]
    assert not result.problems


@given(
    st.text(alphabet="docker run\n\t$(){}'\"`\\-=:|;<>#~@ ", max_size=80),
    st.sampled_from(["script", "makefile", "markdown", "workflow-run"]),
)
def test_never_raises(text: str, kind: Kind) -> None:
    found(f"docker run {text}", "x", kind=kind)
    found(f"D = docker\n{text}\n\tdocker run $D {text}\n```\n{text}", "x", kind=kind)


@pytest.mark.parametrize(
    "unit",
    [
        "A=$B$B$B B=$A$A\n",
        "```\n",
        "$ docker run a\n",
        "docker run $A\n",
        "<a>",
        "\tdocker run $(A)\n",
        "A := $(B)\n",
        "'\n",
        "$(",
        "if a; then\n",
    ],
)
@pytest.mark.parametrize("kind", ["script", "makefile", "markdown"])
def test_hostile_text(unit: str, kind: Kind) -> None:
    found("docker run $A\n" + unit * (20_000 // len(unit)), "x", kind=kind)


def test_variables_do_not_multiply() -> None:
    lines = [f'V{number}="{f" $V{number + 1}" * 20}"' for number in range(10)]
    result = found("\n".join([*lines, "V10=a", 'docker run -e A="$V0" $V0 x']), "x", kind="script")
    assert len(result.specs) == 1
