import pytest

from tests.container.judging.dockerfiles import defects, of, run

URL = "https://example.com/i.sh"
SCRIPT = f"#!/bin/sh\ncurl {URL} | sh\n"


@pytest.mark.parametrize(
    "command",
    [
        f"curl {URL} | $SHELL",
        f"curl {URL} | ${{SHELL:-sh}}",
        f"S=sh; curl {URL} | $S",
        f"C=curl; $C {URL} | sh",
        f'"$(which curl)" {URL} | sh',
        f"curl {URL} | xargs -I{{}} sh -c {{}}",
        f'curl {URL} | while read l; do sh -c "$l"; done',
        f'X=$(curl {URL}); eval "$X"',
        f'X=$(curl {URL}) && sh -c "$X"',
        f'X=$(curl {URL}) && echo "$X" | sh',
        f'. /dev/stdin <<< "$(curl {URL})"',
        f"python3 <(curl {URL})",
        f"lynx -source {URL} | sh",
        f"http {URL} | sh",
        f"aria2c -o - {URL} | sh",
        f"python3 -c \"import urllib.request as u; exec(u.urlopen('{URL}').read())\"",
    ],
)
def test_a_download_that_is_run_by_a_detour(command: str) -> None:
    assert [defect.resolved for defect in of("pipe-to-shell", defects(run(command)))] == [True]


@pytest.mark.parametrize(
    "command",
    [
        f'V=$(curl {URL}) && echo "$V" > /version',
        f"curl {URL} | xargs -I{{}} sh -c 'echo {{}}' _",
        f"S=cat; curl {URL} | $S",
        f'curl {URL} | while read l; do echo "$l"; done',
        "curl http://localhost/x | $SHELL",
    ],
)
def test_a_download_that_is_only_read(command: str) -> None:
    assert not of("pipe-to-shell", defects(run(command)))


@pytest.mark.parametrize(
    "instruction",
    [
        f"CMD curl {URL} | sh",
        f'ENTRYPOINT ["/bin/bash", "-c", "curl {URL} | sh"]',
        f"HEALTHCHECK --interval=5s CMD curl {URL} | sh",
        f'HEALTHCHECK CMD ["sh", "-c", "curl {URL} | sh"]',
    ],
)
def test_what_the_started_container_fetches_and_runs(instruction: str) -> None:
    assert [defect.location.line for defect in of("pipe-to-shell", defects(f"FROM debian:13\n{instruction}\n"))] == [2]


def test_scripts_that_a_run_or_the_image_starts() -> None:
    files = {"s.sh": SCRIPT}
    for text in ("COPY s.sh /s.sh\nRUN sh /s.sh", "COPY --chmod=755 s.sh /\nRUN /s.sh", 'COPY s.sh /\nENTRYPOINT ["/s.sh"]'):
        found = of("pipe-to-shell", defects(f"FROM debian:13\n{text}\n", files))
        assert [(defect.location.path, defect.location.line) for defect in found] == [("s.sh", 2)], text
    assert not of("pipe-to-shell", defects("FROM debian:13\nCOPY s.sh /s.sh\n", files))


def test_a_script_that_the_dockerfile_writes() -> None:
    text = f"FROM debian:13\nCOPY <<EOF /s.sh\ncurl {URL} | sh\nEOF\nRUN sh /s.sh\n"
    assert [defect.location.line for defect in of("pipe-to-shell", defects(text))] == [3]


# checks of downloads

FETCH = "curl -fsSLo /tmp/t.tgz https://example.com/t.tgz"
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "rest",
    [
        f"\nRUN echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c -",
        "\nCOPY sums /tmp/\nRUN cd /tmp && sha256sum -c sums",
        f" && echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c - && tar xf /tmp/t.tgz",
        f" ; set -e; echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c - ; tar xf /tmp/t.tgz",
        f" && echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c - || exit 1",
        f" && if ! echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c -; then exit 1; fi",
        f' && [ "$(sha256sum /tmp/t.tgz | cut -d" " -f1)" = {DIGEST} ] || exit 1',
    ],
)
def test_a_check_that_counts(rest: str) -> None:
    assert not of("unverified-download", defects(f"FROM debian:13\nRUN {FETCH}{rest}\n"))


@pytest.mark.parametrize(
    "rest",
    [
        f" && echo '{DIGEST}  other' | sha256sum -c -",
        " && sha256sum -c sums || true",
        f" && (echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c -; true)",
        f" ; echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c - ; tar xf /tmp/t.tgz",
        f"\nFROM debian:13\nRUN echo '{DIGEST}  /tmp/t.tgz' | sha256sum -c -",
    ],
)
def test_a_check_that_cannot_stop_the_build_or_is_of_another_file(rest: str) -> None:
    assert len(of("unverified-download", defects(f"FROM debian:13\nRUN {FETCH}{rest}\n"))) == 1
