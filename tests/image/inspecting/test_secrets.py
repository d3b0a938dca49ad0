"""Secrets and sensitive files in layers: found wherever they are, told with their layer and fate, and weighed by whose they are."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from gates.core.finding import Severity
from tests.detect.expand import expand
from tests.doubles.images import File, Form, Image, Layer, write
from tests.image.inspecting.support import inspect, inspect_path, layers

TOKEN = expand("{github:ghp_}")
OTHER = expand("{github:ghp_}", 1)
WORD = expand("{alnum:24}").decode()
KEY = expand("{pem:ec}")
CONFIG = b"token = '" + TOKEN + b"'\n"


# where it is, and what became of it


@pytest.mark.parametrize("form", ["docker", "docker-oci", "crane", "oci-tar"])
def test_secret_in_a_layer(form: Form) -> None:
    told = inspect(Image([Layer({"a": "a"}), Layer({"app/settings.py": CONFIG}, created_by="COPY src /app # buildkit")]), form=form)
    finding = told.one("secret-in-layer")
    assert finding.severity is Severity.CRITICAL
    assert finding.subject.startswith("app/settings.py:github-pat:")
    assert "/app/settings.py (line 1) holds a GitHub personal access token" in finding.message
    assert "from layer 2 of 2 (COPY src /app)" in finding.message
    assert finding.data["layers"] == [2]
    assert finding.data["removed_in_layer"] is None
    assert str(finding.data["layer"]).startswith("sha256:")
    assert (finding.data["package"], finding.data["fix_versions"]) == (None, [])
    assert finding.location
    assert finding.location.path == "image.tar"


@pytest.mark.parametrize(
    "later",
    [Layer({"b": "b"}, deleted=["app/x"]), Layer({"b": "b"}, deleted=["app"]), Layer({"b": "b"}, opaque=["app"]), Layer({"app": "a file"})],
)
def test_secret_that_a_later_layer_takes_away(later: Layer) -> None:
    finding = inspect(layers({"app/x": CONFIG}, {"c": "c"}, later)).one("secret-in-layer")
    assert "in layer 3, still in the image" in finding.message
    assert finding.data["removed_in_layer"] == 3
    assert finding.severity is Severity.CRITICAL
    assert "in one RUN" in finding.remedy


def test_secret_that_is_overwritten() -> None:
    assert "overwritten in layer 2" in inspect(layers({"app/x": CONFIG}, {"app/x": "clean"})).one("secret-in-layer").message


def test_the_same_secret_in_two_layers_is_one_finding() -> None:
    finding = inspect(layers({"app/x": CONFIG}, {"app/x": File(CONFIG, 0o600)})).one("secret-in-layer")
    assert finding.data["layers"] == [1, 2]
    assert finding.data["removed_in_layer"] is None
    assert "from layer 2 of 2" in finding.message


def test_each_secret_of_a_file_is_a_finding_and_none_is_raw() -> None:
    told = inspect(layers({"x": CONFIG + b"other = '" + OTHER + b"'\n"}))
    assert len({finding.subject for finding in told.of("secret-in-layer")}) == 2
    assert TOKEN.decode() not in str(told)
    assert OTHER.decode() not in str(told)


def test_secret_far_in_a_large_file() -> None:
    padding = b"".join(b"%063d\n" % number for number in range(90_000))  # 5.7 MB: more than is held
    finding = inspect(layers({"var/log/app.log": padding + CONFIG + padding})).one("secret-in-layer")
    assert finding.data["line"] == 90_001


def test_secret_in_a_binary() -> None:
    assert inspect(layers({"bin/app": b"\x7fELF" + bytes(9000) + b"\0" + TOKEN + b"\0" + bytes(9000)})).one("secret-in-layer")


def test_images_of_one_archive_are_told_apart(tmp_path: Path) -> None:
    shared = Layer({"a": CONFIG})
    places = [tmp_path / name for name in ("one", "two")]
    for place, more in zip(places, (Layer({"b": "b"}), Layer({"c": "c"}, deleted=["a"])), strict=True):
        write(Image([shared, more], tags=(f"acme/{place.name}:1",)), place, "oci")
    shutil.copytree(places[1] / "blobs", places[0] / "blobs", dirs_exist_ok=True)
    indexes = [json.loads((place / "index.json").read_bytes()) for place in places]
    indexes[0]["manifests"] += indexes[1]["manifests"]
    (places[0] / "index.json").write_text(json.dumps(indexes[0]))
    told = inspect_path(places[0])
    subjects = {finding.subject.rpartition(":")[0]: finding for finding in told.of("secret-in-layer")}
    assert set(subjects) == {"acme/one:1 a:github-pat", "acme/two:1 a:github-pat"}
    assert "deleted in layer 2" in subjects["acme/two:1 a:github-pat"].message
    assert told.scanned.files == 2 + 3  # two configurations; the shared layer is read once


# whose it is


def test_secret_of_a_test_is_one_step_lower() -> None:
    finding = inspect(layers({"app/tests/test_api.py": CONFIG})).one("secret-in-layer")
    assert finding.severity is Severity.HIGH
    assert "in a test" in finding.message


@pytest.mark.parametrize(
    "path", ["app/node_modules/left-pad/index.js", "usr/share/doc/x/README", "go/pkg/mod/a@v1.0.0/a.go", "usr/local/bundle/gems/a-1.0/a.rb"]
)
def test_secret_in_a_package_of_others_is_no_graver_than_medium(path: str) -> None:
    finding = inspect(layers({path: CONFIG})).one("secret-in-layer")
    assert finding.severity is Severity.MEDIUM
    assert "of others" in finding.message


def test_secrets_in_a_file_of_others_are_one_finding() -> None:
    finding = inspect(layers({"go/pkg/mod/a@v1.0.0/vectors.go": CONFIG + b"other = '" + OTHER + b"'\n"})).one("secret-in-layer")
    assert finding.subject == "go/pkg/mod/a@v1.0.0/vectors.go"
    assert finding.data["secrets"] == 2
    assert "and 1 more" in finding.message


@pytest.mark.parametrize("path", ["app/node_modules/.cache/babel/x.json", "usr/share/nginx/html/app.js", "usr/local/lib/app/a.rb"])
def test_what_is_not_of_others(path: str) -> None:
    assert inspect(layers({path: CONFIG})).one("secret-in-layer").severity is Severity.CRITICAL


def dpkg(path: str, content: bytes, package: str = "libacme1:amd64") -> dict[str, object]:
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return {path: content, f"var/lib/dpkg/info/{package}.md5sums": f"{'0' * 32}  usr/share/a\n{md5}  {path}\n"}


def apk(path: str, content: bytes) -> dict[str, object]:
    folder, _, name = path.rpartition("/")
    checksum = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    return {path: content, "lib/apk/db/installed": f"P:acme\nV:1-r0\nF:{folder}\nR:{name}\na:0:0:755\nZ:Q1{checksum}\n\n"}


def record(path: str, content: bytes, **more: object) -> dict[str, object]:
    base = "usr/lib/python3/site-packages"
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    info = f"{base}/acme-1.0.dist-info"
    return {path: content, f"{info}/RECORD": f"{path.removeprefix(base)[1:]},sha256={digest},{len(content)}\n", **more}


OWNED = "usr/lib/python3/site-packages/acme/x.py"


@pytest.mark.parametrize(
    ("files", "package"),
    [
        (dpkg("usr/lib/libacme.so.1", CONFIG), "libacme1"),
        (dpkg("usr/lib/libacme.so.1", CONFIG, "libacme1"), "libacme1"),
        (apk("usr/lib/libacme.so.1", CONFIG), "acme"),
        (record(OWNED, CONFIG), "acme-1.0"),
        (
            {
                "etc/acme.conf": CONFIG,
                "var/lib/dpkg/status": "Package: a\nStatus: x\n\nPackage: acme\nConffiles:\n"
                f" /etc/acme.conf {hashlib.md5(CONFIG, usedforsecurity=False).hexdigest()}\nDescription: x\n",
            },
            "acme",
        ),
    ],
)
def test_what_a_package_brings_to_everybody_is_told_once_and_low(files: dict[str, object], package: str) -> None:
    finding = inspect(layers(files)).one("secret-in-layer")
    assert finding.severity is Severity.LOW
    assert finding.data["owner"] == package
    assert finding.subject == f"package {package}"


def test_a_package_may_name_its_file_without_usr() -> None:
    files = dpkg("lib/libacme.so.1", CONFIG)
    files["usr/lib/libacme.so.1"] = files.pop("lib/libacme.so.1")
    assert inspect(layers(files)).one("secret-in-layer").severity is Severity.LOW


@pytest.mark.parametrize(
    "files",
    [
        dpkg("usr/lib/libacme.so.1", b"as it came") | {"usr/lib/libacme.so.1": CONFIG},
        apk("usr/lib/libacme.so.1", b"as it came") | {"usr/lib/libacme.so.1": CONFIG},
        record(OWNED, b"as it came") | {OWNED: CONFIG},
        record(OWNED, CONFIG, **{"usr/lib/python3/site-packages/acme-1.0.dist-info/direct_url.json": "{}"}),
        dpkg("usr/lib/other", CONFIG) | {"usr/lib/other": "x", "usr/lib/libacme.so.1": CONFIG},
    ],
)
def test_a_file_that_was_changed_or_is_from_no_index_is_ones_own(files: dict[str, object]) -> None:
    assert inspect(layers(files)).one("secret-in-layer").severity is Severity.CRITICAL


def test_a_later_layer_that_changes_a_file_of_a_package() -> None:
    told = inspect(layers(dpkg("usr/lib/a.conf", b"as it came\n"), {"usr/lib/a.conf": CONFIG}))
    assert told.one("secret-in-layer").severity is Severity.CRITICAL


def test_lists_of_digests_are_no_passwords() -> None:
    status = (
        f"Package: password-store\nConffiles:\n /etc/passwords {expand('{hex:32}').decode()}\n password: {expand('{hex:32}').decode()}\n"
    )
    assert not inspect(layers({"var/lib/dpkg/status": status})).of("secret-in-layer")
    assert inspect(layers({"var/lib/dpkg/status": status.encode() + CONFIG})).one("secret-in-layer").data["family"] == "github-pat"


# sensitive files

NPMRC = f"//registry.example.org/:_authToken={WORD}\n"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("app/.env", f"DB_PASSWORD={WORD}\n", "dotenv"),
        ("root/.npmrc", NPMRC, "package-registry"),
        ("root/.netrc", f"machine x login y password {WORD}\n", "netrc"),
        ("root/.pypirc", f"[pypi]\npassword = {WORD}\n", "package-registry"),
        ("root/.aws/credentials", f"[default]\naws_secret_access_key = {WORD}\n", "cloud-credentials"),
        (
            "root/.docker/config.json",
            f'{{"auths": {{"x": {{"auth": "{base64.b64encode(WORD.encode()).decode()}"}}}}}}',
            "container-registry",
        ),
        ("root/.kube/config", f"users:\n- user:\n    token: {WORD}\n", "kubeconfig"),
        ("root/.claude/.credentials.json", f'{{"accessToken": "{WORD}"}}', "agent-credentials"),
        ("root/.config/cursor/auth.json", f'{{"accessToken": "{WORD}"}}', "agent-credentials"),
        ("app/.git/HEAD", "ref: refs/heads/main\n", "git-repository"),
        ("run/secrets/db", "x\n", "mounted-secret"),
        ("etc/shadow", "root:$6$" + WORD + "$" + WORD + ":1:\n", "shadow"),
    ],
)
def test_sensitive_file(path: str, content: str, kind: str) -> None:
    told = inspect(Image([Layer({path: content}), Layer({"a": "a"}, deleted=[path])]))
    finding = told.one("sensitive-file")
    assert finding.data["kind"] == kind
    assert finding.severity is Severity.HIGH
    assert "deleted in layer 2, still in the image" in finding.message
    assert WORD not in str(told)


def test_a_key_is_told_once() -> None:
    for path in ("root/.ssh/id_ecdsa", "etc/ssh/ssh_host_ecdsa_key"):
        told = inspect(layers({path: KEY}))
        assert [finding.rule.id for finding in told.findings if finding.severity >= Severity.HIGH and "user" not in finding.rule.id] == [
            "image/secret-in-layer"
        ]


def test_a_key_that_only_its_name_tells_is_a_sensitive_file() -> None:
    told = inspect(layers({"etc/ssh/ssh_host_rsa_key": "SSH PRIVATE KEY FILE FORMAT 1.1\n" + "x" * 99}))
    assert told.one("sensitive-file").data["kind"] == "ssh-host-key"


def test_the_key_of_ssl_cert_opens_nothing() -> None:
    assert inspect(layers({"etc/ssl/private/ssl-cert-snakeoil.key": KEY})).one("secret-in-layer").severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("etc/ssl/certs/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        ("root/.npmrc", "registry=https://registry.example.org/\n"),
        ("app/.env.example", "DB_PASSWORD=\n"),
        ("app/.env", "PORT=80\n"),
        ("app/.gitignore", "*.pyc\n"),
        ("etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa AAAA\n"),
        ("etc/shadow", "root:*:1:\n"),
        ("run/secrets/empty", ""),
        ("root/.docker/config.json", '{"credsStore": "desktop"}'),
    ],
)
def test_what_is_not_sensitive(path: str, content: str) -> None:
    assert [finding.message for finding in inspect(layers({path: content})).of("sensitive-file")] == []


def test_sensitive_file_of_a_package_is_told_with_it() -> None:
    finding = inspect(layers(dpkg("usr/share/acme/demo.env", b"DB_PASSWORD=" + WORD.encode() + b"\n"))).of("sensitive-file")
    assert [(each.severity, each.data["owner"]) for each in finding] == [(Severity.LOW, "libacme1")]


# what the policy leaves out


def test_excluded_paths_are_listed_as_skipped() -> None:
    told = inspect(layers({"app/x": CONFIG}), excluded=lambda path: "theirs" if path.startswith("image.tar!app/") else "")
    assert not told.of("secret-in-layer")
    assert [(each.path, each.reason) for each in told.skipped] == [("image.tar!app/x", "theirs")]


@pytest.mark.parametrize("name", ["app/.wh.x", "app/.wh..wh..opq", ".wh.x", ".wh..wh..opq"])
def test_a_whiteout_with_content_is_a_file_too(name: str) -> None:
    told = inspect(layers({"app/a": "a"}, {name: f"token = {TOKEN}\n"}))
    assert f"/{name} (line 1)" in told.one("secret-in-layer").message
