#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs on a Debian under its own systemd: the life of the package's unit. judge/systemd-test judges out/.
#
#   out/log             what an administrator typed, and what was said
#   out/STEP.scrape     /metrics
#   out/STEP.page       the status of /, the page
#   out/STEP.unit       what systemd says of the unit: state, main process, restarts
#   out/trace, truth    ftrace's csds around a load, and what ipigen's module says of its part
#   out/wrong.said, port.said	the journal after options that are refused
#   out/process         the unit's process: user, capabilities
#   out/security        systemd-analyze security
#   out/BOOT.journal    of the unit; .warnings: of everything, that names ipitrace
#   out/files.before, files.after	all files but those of apt, dpkg and the log
#
# usage: systemd.sh first OLD.deb NEW.deb
#	systemd.sh second
out=/run/vm/out
url=http://127.0.0.1:9464/metrics
export DEBIAN_FRONTEND=noninteractive PAGER=cat

# As on a terminal, into the log.
type_() {
	echo "# $*" >>$out/log
	"$@" >>$out/log 2>&1 </dev/null
	status=$?
	[ $status = 0 ] || echo "status $status" >>$out/log
	return $status
}

files() {
	find / -xdev \( -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log -o -path /tmp \
		-o -path /var/tmp \) -prune -o -print | sort >$out/files.$1
}

# A scrape after the first window, within 60 s; @1: the step's name; @2: where.
scrape() {
	local where=${2:-$url}
	for _ in $(seq 120); do
		curl -sf "$where" >$out/"$1".scrape && grep -q '^ipitrace_windows_total [1-9]' $out/"$1".scrape && break
		sleep 0.5
	done
	systemctl show ipitrace -p ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus,UnitFileState >$out/"$1".unit
	curl -so /dev/null -w '%{http_code}' "${where%metrics}" >$out/"$1".page
	echo "# curl -s $where | grep build_info: $(grep '^ipitrace_build_info' $out/"$1".scrape)" >>$out/log
}

windows() {
	curl -sf $url | sed -n 's/^ipitrace_windows_total //p'
}

# Functions that nobody but the load calls: ipitrace's figures of before and after, ftrace's between.
counts() {
	local trace=/sys/kernel/tracing/instances/vm paths="single_wait many_wait async" path end
	insmod /run/vm/ipigen.ko || return
	mkdir $trace
	echo 32768 >$trace/buffer_size_kb
	echo 1 >$trace/events/csd/csd_queue_cpu/enable
	scrape counts-before
	/run/vm/ipiload membarrier -q --count 2000 >$out/load
	for path in $paths; do
		/run/vm/ipigen run "$path" --src 0 --dst 1 --count 300 -j >>$out/ran
	done
	end=$(($(windows) + 2))
	until [ "$(windows)" -ge $end ]; do
		sleep 0.5
	done
	scrape counts-after
	echo 0 >$trace/tracing_on
	cat $trace/trace >$out/trace
	cat $trace/per_cpu/*/stats >$out/trace.stats
	rmdir $trace
	/run/vm/ipigen truth -j >$out/truth
	rmmod ipigen
}

process() {
	local pid
	pid=$(systemctl show ipitrace -p MainPID --value)
	grep -E '^(Uid|Gid|Cap|NoNewPrivs|Seccomp)' /proc/"$pid"/status >$out/process
	type_ ps -o user,pid,rss,args -p "$pid"
}

journal() {
	journalctl -q -b -u ipitrace -o short-precise >$out/"$1".journal
	journalctl -q -b -p warning -o short-precise | grep -i -e ipitrace -e bpf >$out/"$1".warnings
}

set_options() {
	echo "# IPITRACE_OPTIONS=\"$*\" in /etc/default/ipitrace" >>$out/log
	sed -i "s|^IPITRACE_OPTIONS=.*|IPITRACE_OPTIONS=\"$*\"|" /etc/default/ipitrace
}

# @1: the step; @2: since when; what became of the unit after a start that may fail: ipitrace has said why,
# or serves at the other port.
outcome() {
	for _ in $(seq 60); do
		sleep 1
		journalctl -q -b -u ipitrace -o cat --since "@$2" >$out/"$1".said
		grep -q '^ipitrace: ' $out/"$1".said && break
		curl -sf http://127.0.0.1:9999/metrics >/dev/null && break
	done
	sleep 3
	systemctl show ipitrace -p ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus >$out/"$1".unit
	cat $out/"$1".said >>$out/log
}

# Options that ipitrace or systemd refuses, and that an administrator corrects.
mistakes() {
	local now
	now=$(date +%s)
	set_options --no-such-option
	type_ systemctl restart ipitrace
	outcome wrong "$now"
	now=$(date +%s)
	set_options --listen 127.0.0.1:9999
	type_ systemctl restart ipitrace
	outcome port "$now"
	mkdir -p /etc/systemd/system/ipitrace.service.d
	printf '[Service]\nSocketBindAllow=tcp:9999\n' >/etc/systemd/system/ipitrace.service.d/override.conf
	type_ cat /etc/systemd/system/ipitrace.service.d/override.conf
	type_ systemctl daemon-reload
	type_ systemctl restart ipitrace
	scrape other-port http://127.0.0.1:9999/metrics
	rm -r /etc/systemd/system/ipitrace.service.d
	type_ systemctl daemon-reload
	set_options -t 5ms
	type_ systemctl restart ipitrace
	scrape corrected
}

first() {
	files before
	type_ apt-get -qy install "./$1" || return
	systemctl is-enabled ipitrace >$out/installed 2>&1
	systemctl is-active ipitrace >>$out/installed
	type_ systemctl enable --now ipitrace
	scrape enabled
	process
	counts
	type_ systemctl restart ipitrace
	scrape restarted
	set_options "-t 5ms"
	type_ systemctl reload-or-restart ipitrace
	scrape changed
	journal first
	mistakes
	type_ systemctl kill -s KILL ipitrace
	sleep 2
	scrape killed
	systemd-analyze security --no-pager ipitrace.service >$out/security 2>&1
	type_ systemctl stop ipitrace
	systemctl show ipitrace -p ActiveState,Result,ExecMainStatus >$out/stopped.unit
	type_ systemctl start ipitrace
	scrape before-upgrade
	type_ apt-get -qy install "./$2"
	type_ cat /etc/default/ipitrace
	scrape upgraded
	journalctl -q -b -u ipitrace -o short-precise >$out/whole.journal
}

second() {
	type_ systemctl status ipitrace --no-pager
	scrape second
	journal second
	type_ apt-get -qy purge ipitrace
	curl -s $url >$out/purged.scrape
	echo "$?" >$out/purged.curl
	systemctl cat ipitrace >$out/purged.unit 2>&1
	# Process 1 has programs for its own units.
	cat /proc/[2-9]*/fdinfo/* /proc/1?*/fdinfo/* 2>/dev/null | grep -c '^prog_id' >$out/purged.programs
	getent passwd ipitrace >$out/purged.user
	systemctl --failed --plain --no-legend >$out/purged.failed
	files after
}

cd /run/vm || exit
systemctl is-system-running --wait >$out/system."$1"
systemctl --version >$out/systemd
uname -r >$out/kernel
"$@"
cat $out/log
