from __future__ import annotations

import pytest

from gates.core.finding import Severity
from tests.container.judging.specs import doubts, hardened, ids, judged, open_, said, told


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("network", "host-network"),
        ("pid", "host-pid"),
        ("ipc", "host-ipc"),
        ("uts", "host-uts"),
        ("user_namespace", "host-user-namespace"),
        ("cgroup", "host-cgroup"),
    ],
)
def test_each_namespace_of_the_host_is_told_of(field: str, rule: str) -> None:
    assert told({field: said("host")}) == {rule}
    assert told({field: said("Host ")}) == {rule}
    for other in ("none", "private", "service:db", "container:x", "backend", "hostnet"):
        assert told({field: said(other)}) == set()
    assert doubts(judged(hardened(**{field: open_("${MODE}")}))) == {rule}


@pytest.mark.parametrize(
    ("device", "severity"),
    [
        ("/dev/mem", None),
        ("/dev/sda:/dev/xvda:rwm", None),
        ("/dev:/dev", None),
        ("/dev/nvme0n1p2", None),
        ("/dev/mapper/vg-root", None),
        ("a *:* rwm", None),
        ("b 8:0 rwm", None),
        ("c 1:1 r", None),
        ("c *:1 rwm", None),
        ("/dev/ttyUSB0", Severity.MEDIUM),
        ("/dev/dri:/dev/dri", Severity.MEDIUM),
        ("/dev/net/tun", Severity.MEDIUM),
        ("c 13:* rmw", Severity.MEDIUM),
        ("vendor.com/class=name", Severity.MEDIUM),
    ],
)
def test_a_device_is_as_bad_as_what_it_holds(device: str, severity: Severity | None) -> None:
    (defect,) = judged(hardened(devices=(said(device),)))
    assert (defect.rule.id, defect.severity) == ("container/device-access", severity)


def test_devices_that_every_container_has_are_none() -> None:
    assert told({"devices": (said("/dev/null"), said("/dev/urandom:/dev/random"))}) == set()


@pytest.mark.parametrize(
    ("setting", "severity"),
    [
        ("kernel.core_pattern=|/bin/x", None),
        ("vm.max_map_count=262144", None),
        ("kernel/modprobe=/x", None),
        ("net.ipv4.ip_forward=1", Severity.MEDIUM),
        ("net.ipv4.conf.all.route_localnet=1", Severity.MEDIUM),
        ("net.ipv4.ip_forward=0", Severity.LOW),
        ("net.core.somaxconn=1024", Severity.LOW),
    ],
)
def test_a_kernel_setting_is_as_bad_as_whom_it_concerns(setting: str, severity: Severity | None) -> None:
    (defect,) = judged(hardened(sysctls=(said(setting),)))
    assert (defect.rule.id, defect.severity) == ("container/unsafe-sysctl", severity)


def test_the_safe_settings_are_no_news_but_on_the_host() -> None:
    safe = (said("net.ipv4.ip_unprivileged_port_start=0"), said("kernel.shm_rmid_forced=1"))
    assert told({"sysctls": safe}) == set()
    assert told({"sysctls": safe, "network": said("host")}) == {"host-network", "unsafe-sysctl"}


def test_an_open_value_of_a_safe_setting_makes_no_doubt() -> None:
    assert judged(hardened(sysctls=(open_("net.ipv4.tcp_syncookies=${N}"),))) == []
    assert doubts(judged(hardened(sysctls=(open_("${NAME}=1"),)))) == {"unsafe-sysctl"}
    assert ids(judged(hardened(sysctls=()))) == set()
