"""Passwords in addresses and connection strings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect.credentials.addresses import addresses, driver_strings
from tests.detect.samples import families, found


@pytest.mark.parametrize(
    "address",
    [
        "ftp://deploy:{alnum:14}@ftp.corp.internal/incoming",
        "sftp://deploy:{alnum:14}@10.2.3.4:22/in",
        "smtp://mailer:{alnum:10}%21{digits:3}@mail.corp.internal:587",
        "smtps://kim@corp.internal:{alnum:14}@mail.corp.internal",
        "imaps://kim:{alnum:14}@mail.corp.internal",
        "ldap://cn=reader,dc=corp,dc=internal:{alnum:14}@ldap.corp.internal:389",
        "mssql+pyodbc://sa:{alnum:14}@db.corp.internal/orders?driver=ODBC",
        "clickhouse://svc:{alnum:14}@ch.corp.internal:9000/logs",
        "oracle+cx_oracle://orders:{alnum:14}@db.corp.internal:1521/?service_name=ORD",
        "cassandra://svc:{alnum:14}@10.0.0.4:9042/ks",
        "bolt://neo4j:{alnum:14}@graph.corp.internal:7687",
        "neo4j+s://neo4j:{alnum:14}@graph.corp.internal",
        "nats://svc:{alnum:14}@nats.corp.internal:4222",
        "wss://svc:{alnum:14}@live.corp.internal/socket",
        "socks5h://proxy:{alnum:14}@10.0.0.9:1080",
        "rtsp://viewer:{alnum:14}@10.4.0.21:554/h264",
        "ssh://git:{alnum:14}@git.corp.internal/a/b.git",
        "svn+ssh://kim:{alnum:14}@svn.corp.internal/trunk",
        "mqtts://sensor:{alnum:14}@mq.corp.internal:8883",
        "influxdb://svc:{alnum:14}@metrics.corp.internal:8086/db",
        "couchdb://svc:{alnum:14}@couch.corp.internal:5984",
        "snowflake://svc:{alnum:14}@acc-1.eu-west-1/db",
        "kafka://svc:{alnum:14}@[2001:db8::17]:9092",
        'url = "stomp://svc:{alnum:14}@mq.corp.internal:61613"',
        "valkey://:{alnum:14}@cache.corp.internal:6379/0",
        "ftp://deploy:{alnum:8}@{alnum:6}@ftp.corp.internal/in",
        "ftp://deploy:{alnum:8}/{alnum:10}@ftp.corp.internal/in",
        "(see ftp://deploy:{alnum:14}@ftp.corp.internal)",
        "[share](ftp://deploy:{alnum:14}@ftp.corp.internal/in)",
    ],
)
def test_password_of_any_scheme_is_found(address: str) -> None:
    for seed in range(3):
        assert families(address, seed) == ["uri-password"]


def test_weak_password_counts_where_the_host_is_real() -> None:
    assert found("ftp://deploy:winter2019@ftp.corp.internal") == [("uri-password", Severity.MEDIUM, b"winter2019")]
    assert found("ftp://deploy:winter2019@ftp.example.com") == []


def test_strong_password_at_this_machine_is_medium() -> None:
    assert [severity for _, severity, _ in found("ftp://deploy:{alnum:16}@localhost/in")] == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "text",
    [
        "ftp://user:password@host/path",
        "ftp://USER:PASS@host/path",
        "ftp://user:pass@ftp.corp.internal",
        "smtp://<user>:<pass>@mail.corp.internal",
        "smtp://{user}:{password}@{host}",
        "smtp://{{ user }}:{{ password }}@mail.corp.internal",
        "ftp://deploy:${FTP_PASSWORD}@ftp.corp.internal",
        "ftp://deploy:$FTP_PASSWORD@ftp.corp.internal",
        "ftp://%s:%s@%s/",
        "ftp://foo:bar@baz.org",
        "ftp://deploy:***@ftp.corp.internal",
        "ftp://deploy:xxxxxxxx@ftp.corp.internal",
        "ftp://guest:guest@ftp.corp.internal",
        "ftp://svc:svc@ftp.corp.internal",
        "https://registry.corp.internal:8080/@scope/name",
        "git+ssh://git@git.corp.internal:team/repo.git@v1.0",
        "docker://registry.corp.internal:5000/app@sha256:{hex:64}",
        "oci://registry.corp.internal/app:tag@sha256:{hex:64}",
        "ftp://ftp.corp.internal:21/a@b.c",
        "http://[::1]:8080/x@y",
    ],
)
def test_addresses_without_a_password_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "orders:{alnum:16}@tcp(db.corp.internal:3306)/orders?parseTime=true",
        'sql.Open("mysql", "orders:{alnum:16}@unix(/run/mysqld.sock)/orders")',
        "jdbc:oracle:thin:orders/{alnum:16}@//db.corp.internal:1521/ORD",
        "jdbc:oracle:oci:orders/{alnum:16}@ORD",
        'oracledb.connect("orders/{alnum:16}@db.corp.internal/ORD")',
    ],
)
def test_strings_of_drivers_are_found(text: str) -> None:
    assert families(text) == ["connection-string"]


@pytest.mark.parametrize(
    "text",
    [
        "user:password@tcp(localhost:3306)/db",
        "%s:%s@tcp(%s:3306)/orders",
        "root:root@tcp(db.corp.internal:3306)/orders",
        "jdbc:oracle:thin:scott/tiger@//db:1521/ORD",
        "jdbc:oracle:thin:@//db.corp.internal:1521/ORD",
        "sqlplus ${DB_USER}/${DB_PASSWORD}@ORD",
    ],
)
def test_strings_of_drivers_without_a_password_are_left_alone(text: str) -> None:
    assert found(text) == []


TEXT = st.lists(
    st.sampled_from(["://", ":", "@", "/", "tcp(", "jdbc:oracle:thin:", "user", "\n", "%41", "[", "é", '"', "Zk3vQ8pL"]) | st.text()
).map(lambda parts: "".join(parts).encode())


@settings(max_examples=150)
@given(TEXT)
def test_readers_stay_within_the_data(data: bytes) -> None:
    for reader in (addresses, driver_strings):
        for credential in reader(data, range(len(data) + 1)):
            assert 0 <= credential.start < credential.end <= len(data)
            assert data[credential.start : credential.end] == credential.value
