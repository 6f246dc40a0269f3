#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tests/vm/test_systemd.sh BUILD CACHE - profile systemctl against a systemd that runs: a small Debian of this
# machine's release boots in QEMU with systemd as its first process, on Debian's 6.1 kernel. There a change that
# reloads systemd and restarts a service on a ticket with the profile is compliant, with a terminal (and so with
# the pager and the password agent) and without; and the same change with one command more is a violation that
# names it.
#
# There, too, people log in by sshd, with Debian's own PAM files, under a lockstepd with its defaults: without a ticket
# that is a session, but for cron's and for the user's service manager; with one it is no second.
#
# Seen failing: with the profile's steps of less and of the password agent taken out (terminal), with its socket
# /run/systemd/private taken out (plain and terminal), and with the pager's environment changed for one command alone
# (environment); of the logins, cron and the service manager with no login_ignored(), and ann's first command and her
# ticket with no login_begins(); the rest with what is expected changed.
set -u
export LC_ALL=C
build=$(realpath "${1:?usage: tests/vm/test_systemd.sh BUILD CACHE}")
cache=${2:?usage: tests/vm/test_systemd.sh BUILD CACHE}
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d -t lockstep.XXXXXX)
emulator=
cleanup() {
	[ -z "$emulator" ] || kill "$emulator" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# shellcheck source=tests/kernel/walk_root.sh
. tests/kernel/walk_root.sh
# shellcheck disable=SC2034 # of walk_root.sh
walk_cache=$build/systemd-cache walk_packages=()
walk_include=libbpf1,libsqlite3-0,libyaml-0-2,libssl3,libelf1,less,systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,openssh-client,cron
failures=0

row() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		echo "not so: $1: expected \"$2\", got \"$3\""
		failures=$((failures + 1))
	fi
}

for tool in qemu-system-x86_64 cpio jq ssh-keygen zstd; do
	command -v "$tool" >/dev/null || { echo "needs $tool" && exit 77; }
done
lacks=$(walk_lacks)
if [ -n "$lacks" ]; then
	echo "no Debian to boot here: $lacks"
	exit 77
fi
image=$(tests/vm/kernel "$cache" 6.1 bookworm) || exit $?
walk_make || exit

root=$work/root
mkdir "$root"
zstd -dc "$walk_tarball" | tar -C "$root" -x || exit 1
rm -rf "$root"/usr/share/{doc,man,locale,info,perl} "$root"/var/cache/apt "$root"/var/lib/apt/lists \
	"$root"/usr/lib/x86_64-linux-gnu/{perl,gconv} "$root"/usr/share/zoneinfo "$root/policy-rc.d"
mkdir "$root/check"
cp "$build/lockstep" "$root/usr/bin/"
cp -r examples/profiles "$root/check/profiles"
ln -s /usr/sbin/init "$root/init" 2>/dev/null
units=$root/etc/systemd/system
for unit in serial-getty@ttyS0 getty@tty1 apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
	fstrim.timer e2scrub_all.timer systemd-timesyncd cron ssh; do
	case $unit in
	*.timer) ln -s /dev/null "$units/$unit" ;;
	cron | ssh) rm -f "$units/multi-user.target.wants/$unit.service" ;; # started below
	*) ln -s /dev/null "$units/$unit.service" ;;
	esac
done
mkdir -p "$units/multi-user.target.wants"
cat >"$units/web.service" <<'END'
[Unit]
Description=What the change is about
[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/true
[Install]
WantedBy=multi-user.target
END
cat >"$units/check.service" <<'END'
[Unit]
After=web.service dbus.socket
[Service]
Type=oneshot
ExecStart=/bin/sh /check/run
StandardInput=null
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
IgnoreSIGPIPE=no
[Install]
WantedBy=multi-user.target
END
for unit in web check; do
	ln -s "../$unit.service" "$units/multi-user.target.wants/$unit.service"
done

cat >"$root/check/ticket.yaml" <<'END'
lockstep: 1
ticket: CHG-1
summary: Another way to start web
requester: li.wei@contractor.example
operators: [root]
window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}
profiles: [base, systemctl]
steps:
  - id: change
    run: sh /check/{change,look,more}
  - id: reload
    run: systemctl daemon-reload
    connect: ["unix:/run/systemd/private", "unix:/run/dbus/system_bus_socket"]
  - id: restart
    run: systemctl {restart,reload,enable} web
    connect: ["unix:/run/systemd/private", "unix:/run/dbus/system_bus_socket"]
END
cat >"$root/check/change" <<'END'
systemctl daemon-reload
systemctl restart web
systemctl reload web
systemctl enable web
systemctl is-active web
systemctl is-enabled web
systemctl is-failed web
systemctl status web
systemctl --no-pager status web
systemctl show web
systemctl cat web
systemctl list-dependencies web
systemctl is-system-running
systemctl list-units
systemctl list-unit-files
systemctl list-timers
systemctl list-sockets
systemctl list-jobs
systemctl --no-pager list-units
END
echo 'systemctl status web' >"$root/check/look"
cat >"$root/check/more" <<'END'
systemctl restart web
systemctl stop web
END
# Who logs in. The file system is root's, until the guest makes ann's her own.
cp "$build/lockstepd" "$root/usr/sbin/"
cp "$build/pam_lockstep.so" "$root/usr/lib/x86_64-linux-gnu/security/"
mkdir -p "$root/home/ann/.ssh" "$root/root/.ssh" "$root/check/tickets"
echo 'ann:x:1000:1000::/home/ann:/bin/sh' >>"$root/etc/passwd"
echo 'ann:*:19000:0:99999:7:::' >>"$root/etc/shadow"
echo 'ann:x:1000:' >>"$root/etc/group"
ssh-keygen -q -t ed25519 -N '' -f "$root/check/key" || exit 1
tee "$root/home/ann/.ssh/authorized_keys" "$root/root/.ssh/authorized_keys" <"$root/check/key.pub" >/dev/null
echo '@reboot root cat /proc/self/sessionid >/run/cron.ran' >"$root/etc/cron.d/check"
cat >"$root/check/lockstepd.yaml" <<'END'
tickets: /check/tickets
profiles: /check/profiles
signatures: optional
END
for who in ann root; do
	cat >"$root/check/tickets/CHG-$who.yaml" <<-END
		lockstep: 1
		ticket: CHG-$who
		requester: li.wei@contractor.example
		operators: [$who]
		window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}
		steps:
		  - id: look
		    run: sh -c "id -u"
	END
done
# One phase after the other: what is recorded in each, once its sessions have ended.
cat >"$root/check/logins" <<'END'
log_in() {
	ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR -i /check/key "$1@127.0.0.1" 'id -u; id -g' </dev/null
}
shown=0
phase() {
	tries=300
	while [ "$(lockstep session list --json | grep -c '"session":"')" -gt 0 ] && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.1
	done
	echo "guest: begin $1"
	lockstep export --store /var/lib/lockstep/lockstep.db -o jsonl >/run/all
	tail -n "+$((shown + 1))" /run/all
	shown=$(wc -l </run/all)
	echo "guest: end $1"
}
chown -R ann:ann /home/ann
chmod 0600 /check/key
mkdir -p /var/lib/lockstep
lockstepd -c /check/lockstepd.yaml 2>/run/lockstepd.err &
tries=300
until lockstep status >/dev/null 2>&1 || [ $((tries -= 1)) -eq 0 ]; do
	sleep 0.1
done
systemctl start cron ssh
until [ -s /run/cron.ran ] || [ $((tries -= 1)) -eq 0 ]; do
	sleep 0.1
done
echo "guest: cron ran in audit session $(cat /run/cron.ran)"
phase cron
echo "guest: ann is $(log_in ann | tr '\n' ' ')"
echo "guest: ann's service manager is $(systemctl is-active user@1000)"
phase ann
echo 'session required pam_lockstep.so auto' >>/etc/pam.d/sshd
log_in ann >/dev/null
phase ann-ticket
log_in root >/dev/null
phase root-ticket
sed -i '/pam_loginuid.so/d; s/^session required pam_lockstep.so/session required pam_loginuid.so\n&/' /etc/pam.d/sshd
log_in root >/dev/null
phase root-ordered
cat /run/lockstepd.err
END

# Of less systemctl knows how to keep its user from running commands, so it takes that where it does not know who
# logged in; else, and where it is told not to mind, what the alternatives call pager. What has a terminal is given by script(1), and by somebody who leaves each pager with q.
cat >"$root/check/run" <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=vt220 LC_ALL=C
session() {
	echo "lockstep run --quiet -t /check/ticket.yaml -p /check/profiles --store /run/$1.db --strict -- sh /check/$2"
}
report() {
	echo "guest: status $1 $2"
	echo "guest: begin $2"
	lockstep export --store "/run/$2.db" -o jsonl
	echo "guest: end $2"
}
echo
echo "guest: process 1 is $(cat /proc/1/comm), $(uname -r)"
$(session plain change) </dev/null >/run/plain.out 2>&1
report $? plain
terminal() {
	while sleep 0.5; do printf q || break; done 2>/dev/null |
		script -qec "$(session "$1" "$2")" "/run/$1.out" >/dev/null 2>&1
	report $? "$1"
}
terminal terminal change
export SYSTEMD_PAGERSECURE=0
terminal pager look
unset SYSTEMD_PAGERSECURE
$(session more more) </dev/null >/run/more.out 2>&1
report $? more
. /check/logins
echo "guest: verdict done"
systemctl poweroff --force --force
END

(cd "$root" && find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet) >"$work/initramfs"
tests/vm/emulator.py "$image" "$work/initramfs" 1536 \
	"console=ttyS0 quiet loglevel=3 oops=panic panic=-1 rdinit=/sbin/init systemd.show_status=0 systemd.unit=multi-user.target" \
	>"$work/console" 2>&1 </dev/null &
emulator=$!
wait "$emulator"
echo "the emulator ended with status $?"
emulator=
tr -d '\r\033' <"$work/console" >"$work/text"

# records NAME JQ - of that session
records() {
	sed -n "/^guest: begin $1\$/,/^guest: end $1\$/p" "$work/text" | sed '1d;$d' | jq -rs "$2" 2>&1
}

# says NAME - with which status that session ended
says() {
	sed -n "s/^guest: status \([0-9]*\) $1\$/\1/p" "$work/text"
}

outcome='map(select(.kind == "session_end"))[0].outcome'
unapproved='map(select(.verdict != null and .verdict != "approved") | [.reasons[0], (.argv // [.kind, .path] | join(" "))] | join(": ")) | join("\n")'
steps='map(select(.kind == "exec" and .verdict == "approved") | .step) | unique | join(" ")'
row "process 1 is systemd" 1 "$(grep -c '^guest: process 1 is systemd, 6\.1\.' "$work/text")"
row "it came to its end" 1 "$(grep -c '^guest: verdict done' "$work/text")"
for name in plain terminal pager; do
	row "$name: nothing is unapproved" "" "$(records $name "$unapproved")"
	row "$name: compliant" "0 compliant" "$(says $name) $(records $name "$outcome")"
done
row "process 1 was asked" true \
	"$(records plain 'map(select(.kind == "unix_connect" and .path == "/run/systemd/private")) | length >= 15')"
row "plain: the steps" "change reload restart systemctl-list systemctl-list-plain systemctl-show systemctl-show-plain" \
	"$(records plain "$steps")"
row "terminal: the steps" "change reload restart systemctl-agent systemctl-less systemctl-list systemctl-list-plain systemctl-show systemctl-show-plain" \
	"$(records terminal "$steps")"
row "pager: the steps" "change systemctl-pager systemctl-show" "$(records pager "$steps")"
row "more: a violation" "1 violation" "$(says more) $(records more "$outcome")"
row "more: it is the command that was added" "argument_differs: systemctl stop web" \
	"$(records more "$unapproved" | head -n 1)"
starts='map(select(.kind == "session_start") | if .ticket then .ticket else "login of \(.operator)" end) | sort | join(", ")'
row "cron: it has an audit session" 1 "$(grep -c '^guest: cron ran in audit session [0-9]\{1,9\}$' "$work/text")"
row "cron: no session" "" "$(records cron "$starts")"
row "ann: logs in" 1 "$(grep -c '^guest: ann is 1000 1000 $' "$work/text")"
row "ann: a service manager was started for her" 1 "$(grep -c "^guest: ann's service manager is active" "$work/text")"
row "ann: a session without a ticket, and none of her service manager's" "login of ann" "$(records ann "$starts")"
row "ann: her shell is its first command" '["sh","-c","id -u; id -g"]' \
	"$(records ann 'map(select(.kind == "exec"))[0].argv | tostring')"
row "ann: all of it is unapproved" "unapproved no_ticket" \
	"$(records ann 'map(select(.kind == "exec") | "\(.verdict) \(.reasons | join(" "))") | unique | join(", ")')"
row "ann, by a ticket: one session" CHG-ann "$(records ann-ticket "$starts")"
row "root, by a ticket: what PAM's modules ran is a second" "CHG-root, login of root" "$(records root-ticket "$starts")"
row "root, by a ticket, pam_loginuid below those modules: one session" CHG-root "$(records root-ordered "$starts")"
if [ "$failures" -ne 0 ]; then
	cut -c1-400 "$work/text" | grep -v '^{' | tail -n 60
	[ -z "${KEEP:-}" ] || cp "$work/text" "$KEEP"
fi
[ "$failures" -eq 0 ]
