"""AppArmor policies of tests."""

from __future__ import annotations

# In the words of the template that Docker fills in (https://docs.docker.com/engine/security/apparmor/), as of its 5 May 2026.
DOCKER = """\
abi <abi/3.0>,

#include <tunables/global>

profile docker-default flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>

  network,
  deny network alg,
  capability,
  file,
  umount,
  signal (receive) peer=unconfined,
  signal (send,receive) peer=docker-default,

  deny @{PROC}/* w,   # not in a folder
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,

  deny mount,

  deny /sys/[^f]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/kernel/security/** rwklx,

  ptrace (trace,read,tracedby,readby) peer=docker-default,
}
"""


def profile(*rules: str, head: str = "profile agent flags=(attach_disconnected)") -> str:
    body = "".join(f"  {rule}\n" for rule in rules)
    return f"#include <tunables/global>\n\n{head} {{\n{body}}}\n"
