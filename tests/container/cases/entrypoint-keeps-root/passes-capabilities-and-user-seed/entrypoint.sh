#!/bin/bash
set -e
iptables -A OUTPUT -j REJECT
exec capsh --drop=cap_net_admin,cap_net_raw --user=agent -- -c "$*"
