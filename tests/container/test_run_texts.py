from __future__ import annotations

import pytest

from gates.container.judging import runtime_open
from gates.container.run_lines import Kind, found
from gates.container.spec import RuntimeSpec
from gates.shell import programs
from gates.shell.command import Word

D = "--privileged acme/x:1.0"


def specs(text: str, kind: Kind = "script") -> tuple[RuntimeSpec, ...]:
    return found(text, "run.sh", kind=kind).specs


@pytest.mark.parametrize(
    "text",
    [
        f"ssh h docker run {D}",
        f'ssh -i k -o A=b u@h "sudo docker run {D}"',
        f"ssh h <<EOF\nset -e\nsudo docker run {D}\nEOF",
        f'ssh h bash -s <<"EOF"\ndocker run {D}\nEOF',
        f"ssh h -t sudo bash <<EOF\ndocker run {D}\nEOF",
        f'ssh h <<< "docker run {D}"',
        f"sshpass -p a ssh h docker run {D}",
        f"cat <<EOF | bash\ndocker run {D}\nEOF",
        f"cat <<EOF | ssh h\ndocker run {D}\nEOF",
        f"echo 'docker run {D}' | sh",
        f"sudo tee /x.sh <<EOF\ndocker run {D}\nEOF",
        f"cat <<EOF | sudo tee /x.sh > /dev/null\ndocker run {D}\nEOF",
        f"cat > x <<EOF\n#!/bin/sh\ndocker run {D}\nEOF",
        f"cat > user-data <<EOF\ndocker run {D}\nEOF",
        f'tmux new -d "docker run {D}"',
        f"tmux send-keys -t a 'docker run {D}' C-m",
        f"screen -dmS x docker run {D}",
        f"parallel docker run {D}",
        f"winpty docker run {D}",
        f"retry 3 docker run {D}",
        f'run_cmd "docker run {D}"',
        f'alias d="docker run {D}"',
        f"alias d=docker\nd run {D}",
        f'd() {{ sudo docker "$@"; }}\nd run {D}',
        f"$CONTAINER_ENGINE run {D}",
        f"d''ocker run {D} # docker",
        "O=${O:---privileged}\ndocker run $O acme/x:1.0",
        "docker run ${O:---privileged} acme/x:1.0",
        "docker run --rm ${P:+--privileged} acme/x:1.0",
        'docker run --rm "${P:+--privileged}" acme/x:1.0',
        'f() { docker run "$@" acme/x:1.0; }\nf --privileged',
        "f() { docker run $1 acme/x:1.0; }\nf --privileged",
        'set -- --privileged\ndocker run "$@" acme/x:1.0',
        "for o in --privileged; do docker run $o acme/x:1.0; done",
    ],
)
def test_privileged_is_found_however_it_is_handed_on(text: str) -> None:
    (spec,) = (spec for spec in specs(text) if spec.image)
    assert spec.privileged
    assert spec.privileged.value
    assert spec.image
    assert spec.image.value == "acme/x:1.0"
    assert not spec.example


@pytest.mark.parametrize(
    "text",
    [
        f"cat <<EOF\ndocker run {D}\nEOF",
        f"cat > README <<EOF\ndocker run {D}\nEOF",
        f"cat <<EOF | grep a\ndocker run {D}\nEOF",
        f"log_info docker run {D}",
        f'die "docker run {D}"',
        f"ssh h mysql <<EOF\ndocker run {D}\nEOF",
        f"which docker run {D}",
    ],
)
def test_what_is_only_spoken_of_is_left_alone(text: str) -> None:
    assert specs(text) == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("docker exec -it --privileged c sh", "docker exec"),
        ("docker container exec --privileged c sh", "docker exec"),
        ("docker compose -f a.yaml run --privileged app", "docker compose run"),
        ("docker-compose run --privileged app", "docker-compose run"),
        ("sudo ctr -n a run --privileged docker.io/x/y:1 z", "ctr run"),
        ("docker buildx build --allow security.insecure .", "docker buildx build"),
    ],
)
def test_other_commands_that_give_privileges(text: str, name: str) -> None:
    (spec,) = specs(text)
    assert spec.name == name
    assert spec.privileged
    assert spec.privileged.value


@pytest.mark.parametrize("text", ["docker exec c sh", "docker compose run app", "docker compose up", "docker build .", "docker service ls"])
def test_other_commands_that_give_none(text: str) -> None:
    assert specs(text) == ()


def test_services_of_a_swarm() -> None:
    (added,) = specs("docker service create --replicas 2 --cap-add SYS_ADMIN acme/x:1.0")
    assert [each.value for each in added.cap_add] == ["SYS_ADMIN"]
    (socket,) = specs("docker service create --mount type=bind,src=/var/run/docker.sock,dst=/x acme/x:1.0")
    assert (socket.mounts[0].source or added.cap_add[0]).value == "/var/run/docker.sock"


def test_the_network_of_a_build() -> None:
    (spec,) = specs("docker build -t a --network host .")
    assert spec.network
    assert spec.network.value == "host"
    assert spec.image is None


def test_a_volume_that_is_a_folder_of_the_host() -> None:
    text = "docker volume create -d local -o type=none -o o=bind -o device=/etc v\ndocker run -v v:/x -v w:/y acme/x:1.0"
    (spec,) = specs(text)
    assert [(mount.kind, mount.source and mount.source.value) for mount in spec.mounts] == [("bind", "/etc"), ("volume", "w")]
    (remote,) = specs("docker volume create -o type=nfs -o device=:/etc v\ndocker run -v v:/x acme/x:1.0")
    assert remote.mounts[0].kind == "volume"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("docker run $(cat opts) acme/x:1.0", "$(cat opts)"),
        ('mapfile -t O < f\ndocker run "${O[@]}" acme/x:1.0', "${O[@]}"),
        (". ./opts.sh\ndocker run $OPTS acme/x:1.0", "$OPTS"),
        ('docker run "$@" acme/x:1.0', "$@"),
        ("docker run --$FLAG acme/x:1.0", "--$FLAG"),
    ],
)
def test_flags_that_nobody_knows_are_told_once(text: str, written: str) -> None:
    (spec,) = specs(text)
    assert spec.open_flags
    assert spec.open_flags.text == written
    (defect,) = runtime_open.judge(spec)
    assert not defect.resolved
    assert defect.message.endswith(f"it depends on {written}")


def test_what_documentation_leaves_out_is_no_flag() -> None:
    (spec,) = specs("```sh\ndocker run [OPTIONS] acme/x:1.0\n```\n", "markdown")
    assert spec.open_flags is None


@pytest.mark.parametrize(
    "text",
    [
        f"X := $(shell docker run {D})\n",
        f"X != docker run {D}\n",
        f"define run\ndocker run {D}\nendef\na:\n\t$(call run)\n",
        f".RECIPEPREFIX = >\na:\n> docker run {D}\n",
        f"a:\n\techo $(shell docker run {D})\n",
    ],
)
def test_makefiles(text: str) -> None:
    (spec,) = specs(text, "makefile")
    assert spec.privileged
    assert spec.privileged.value
    assert spec.location.column == text.split("\n")[spec.location.line - 1].index("docker") + 1


@pytest.mark.parametrize("opening", ["$(", "{ "])
def test_an_engine_in_what_is_nested_too_deep_is_a_problem(opening: str) -> None:
    closing = ")" if opening == "$(" else "; }"
    text = f"echo a\n{opening * 63}docker run {D}{closing * 63}\ndocker run b:1\n"
    result = found(text, "x", kind="script")
    assert [problem.line for problem in result.problems] == [2]
    assert [spec.image and spec.image.value for spec in result.specs] == ["b:1"]


def test_what_cannot_be_read_and_speaks_of_no_engine_is_no_problem() -> None:
    assert not found("docker run b:1\nif a; )\n# docker run b\necho docker\n", "x", kind="script").problems


def test_scripts_in_scripts_are_read_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MAX_NESTED", 100)
    assert found(f"{'eval ' * 3}docker run {D}\n", "x", kind="script").problems


def test_variables_from_around_the_text() -> None:
    known = {name: [Word("--privileged", 1, 1)] for name in ("O", "env.O", "matrix.o")}
    for written in ("$O", "${{ env.O }}", "${{ matrix.o }}"):
        (spec,) = found(f"docker run {written} acme/x:1.0", "x", kind="workflow-run", known=known).specs
        assert spec.privileged
        assert spec.privileged.value
