#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lockstepd opens a session only on a ticket that was approved: signatures, break-glass, revocation in
# mid-session, a window that closes, and what the record says of each. With keys made here.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/kernel/daemon_lib.sh
. tests/kernel/daemon_lib.sh

ticket=$work/tickets/CHG-1.yaml
for name in alice bob; do
	ssh-keygen -q -t ed25519 -N '' -f "$work/$name"
	echo "$name@example.com namespaces=\"lockstep-ticket\" $(cut -d' ' -f1,2 "$work/$name.pub")"
done >"$work/allowed"

# acts_are N - the open session's are so many.
acts_are() {
	[ "$(acts | wc -l)" -eq "$1" ]
}

# required [LINE] - a configuration that asks for signatures.
required() {
	configuration "${1:-}"
	sed -i "s|^signatures: optional|allowed_signers: $work/allowed\nrevoked_keys: $work/revoked_keys|" "$work/lockstepd.yaml"
}

sign() {
	for name; do
		ssh-keygen -q -Y sign -n lockstep-ticket -f "$work/$name" <"$ticket" >"$ticket.$name.sig" 2>/dev/null
	done
}

# start OPTION... - what `session start` says when it is refused; its status.
start() {
	(echo 0 >"$cgroup/cgroup.procs" && exec "$build/lockstep" session start --run-dir "$work/run" "$@" CHG-1 -q -- id -u) \
		>"$work/out" 2>"$work/err"
}

said() {
	grep -qF -- "$1" "$work/err" || failed "not said: $1; but: $(cat "$work/err")"
}

last_session() {
	until_true durable >&2
	lines | jq -r 'select(.kind == "session_start") | .session' | tail -n 1
}

row "without a signature there is no session; nor by an unknown key, or over other bytes"
required
start_daemon
start && failed "opened without a signature"
said "approvals: 0 of 1 signatures count for ticket CHG-1"
ssh-keygen -q -t ed25519 -N '' -f "$work/mallory"
sign mallory
start && failed "opened on an unknown signer's word"
said "its key is no allowed signer's"
sign alice
echo "# more" >>"$ticket"
start && failed "opened on another ticket's signature"
said "was made over other bytes than this ticket's (alice@example.com"
rm "$ticket".*.sig

row "signed: opened, and every record names the approver; what was verified is in the store"
sign alice
start || failed "not opened: $(cat "$work/err")"
id=$(last_session)
until_true ended "$id" || failed "no end"
is "$(of "$id" '"\(.unsigned) \(.approvers | join(","))"' | sort -u)" "false alice@example.com"
is "$(of "$id" 'select(.kind == "exec") | .verdict' | sort -u)" approved
of "$id" 'select(.kind == "session_start") | .approvals[0].signature, .signers_sha256' >"$work/sums"
is "$(of "$id" 'select(.kind == "session_start") | .approvals[0].key')" "$(ssh-keygen -l -f "$work/alice.pub" | cut -d' ' -f2)"
python3 - "$work/lockstep.db" "$ticket.alice.sig" "$work/allowed" >"$work/kept" <<'END'
import hashlib, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for path in sys.argv[2:]:
    data = open(path, "rb").read()
    for (kept,) in db.execute("SELECT bytes FROM tickets WHERE sha256 = ?", (hashlib.sha256(data).hexdigest(),)):
        print(hashlib.sha256(data).hexdigest() if bytes(kept) == data else "other bytes")
END
is "$(xargs <"$work/kept")" "$(xargs <"$work/sums")" "kept bytes"

row "a revoked key approves nothing"
ssh-keygen -q -k -f "$work/revoked_keys" "$work/alice.pub"
start && failed "opened"
said "its key was revoked (alice@example.com"
rm "$work/revoked_keys"

row "break-glass: forbidden unless the configuration allows it; then everybody is told"
sed -i 's/^summary: .*/&\napprovals: 2/' "$ticket"
sign alice
start && failed "opened with one of two"
said "approvals: 1 of 2 signatures count"
start --break-glass && failed "opened by breaking a glass that is not there"
said "break_glass: the configuration does not allow it"
stop_daemon
required "break_glass: allowed"
start_daemon
start && failed "opened with one of two, without being asked to"
start --break-glass || failed "not opened: $(cat "$work/err")"
id=$(last_session)
until_true ended "$id" || failed "no end"
is "$(of "$id" '"\(.break_glass) \(.unsigned) \(.approvers | join(","))"' | sort -u)" "true false alice@example.com"
lines | jq -c 'select(.kind == "host" and .what == "break_glass")' | grep -q . || failed 'the record does not tell'
grep -q "break-glass: with fewer signatures" "$work/daemon.err" || failed "the log does not tell"
sign bob
start --break-glass || failed "not opened: $(cat "$work/err")"
id=$(last_session)
until_true ended "$id" || failed "no end"
is "$(of "$id" '"\(.break_glass) \(.approvers | join(","))"' | sort -u)" "null alice@example.com,bob@example.com" "no glass is broken"
rm "$ticket".*.sig
start --break-glass && failed "opened without any signature"
said "approvals: 0 of 1 signatures count"

row "after a restart the approvers are known"
sign alice bob
# shellcheck disable=SC2016 # the session's own shell
session sh -c 'read go <'"$work"'/gate; id -u >/dev/null'
stop_daemon KILL
start_daemon
open_gate
wait "$session"
until_true ended "$id" || failed "the session did not end"
is "$(of "$id" '"\(.unsigned) \(.approvers | join(","))"' | sort -u)" "false alice@example.com,bob@example.com"

row "revoked in mid-session: from the next act on; and no other is opened"
# shellcheck disable=SC2016
session sh -c 'id -u >/dev/null; echo >'"$work"'/first; read go <'"$work"'/gate; id -u >/dev/null; sleep 1000'
until_true test -e "$work/first" || failed "the session does not run"
acts() {
	of "$id" 'select(.kind == "exec" and (.exe | endswith("/id"))) | "\(.verdict) \(.reasons | join(","))"'
}
until_true acts_are 1 || failed "the first act is not recorded"
setpriv --reuid 65534 --regid 65534 --clear-groups "$build/lockstep" ticket revoke --run-dir "$work/run" CHG-1 2>/dev/null &&
	failed "anybody may revoke"
begun=$(date +%s%N)
"$build/lockstep" ticket revoke --run-dir "$work/run" CHG-1 >"$work/out" || failed "not revoked"
took=$((($(date +%s%N) - begun) / 1000000))
echo "  revoked in $took ms"
is "$(cat "$work/out")" "ticket CHG-1 is revoked; 1 sessions were ended"
open_gate
until_true acts_are 2 || failed "the second act is not recorded"
is "$(acts | xargs)" "approved unapproved revoked"
lines | jq -c 'select(.kind == "host" and .what == "revoked")' | grep -q . || failed 'the record does not tell'
kill_session "$id"
wait "$session"
until_true ended "$id" || failed "the session did not end"
start && failed "opened on a revoked ticket"
said "revoked: ticket CHG-1 was revoked"
rm "$work/tickets/CHG-1.revoked"

row "a profile that the ticket pins, as it was and changed; the record has what judged"
printf 'lockstep: 1\nprofile: names\nsteps:\n  - {id: whoami, run: whoami}\n' >"$work/profiles/names.yaml"
sum=$(sha256sum <"$work/profiles/names.yaml" | cut -d' ' -f1)
sed -i "/^steps:/i profiles: [names@sha256:$sum]" "$ticket"
sign alice bob
session sh -c 'whoami >/dev/null; read go <'"$work"'/gate'
"$build/lockstep" session show --run-dir "$work/run" "$id" | grep -qxE "profile +names sha256:$sum" || failed "session show does not say"
open_gate
wait "$session"
until_true ended "$id" || failed "the session did not end"
is "$(of "$id" 'select(.kind == "session_start") | .profiles | @json')" "[{\"name\":\"names\",\"sha256\":\"$sum\"}]"
is "$(of "$id" 'select(.kind == "exec" and .argv[0] == "whoami") | "\(.verdict) \(.how) \(.step)"')" "approved profile whoami"
"$build/lockstep" session show --run-dir "$work/run" "$id" | grep -qxE "profile +names sha256:$sum" || failed "session show does not say, afterwards"
echo "  - {id: all, run: sh ...}" >>"$work/profiles/names.yaml"
start && failed "opened with another profile than the pinned one"
said "CHG-1.yaml: expected profile \"names\" with sha256 $sum, which the ticket pins, got $(sha256sum <"$work/profiles/names.yaml" | cut -d' ' -f1)"
sed -i '/^profiles:/d' "$ticket"

row "a window that closes ends the session"
# How long a machine takes to open the session is no matter: a window too short for it is made longer.
for seconds in 4 16 64; do
	rm -f "$ticket".*.sig
	sed -i "s/until: [^}]*/until: $(date -u -d "+$seconds seconds" +%Y-%m-%dT%H:%M:%SZ)/" "$ticket"
	sign alice bob
	session_try sh -c 'read go <'"$work"'/gate; id -u >/dev/null' && break
done
[ "$id" != null ] || failed "no session: $(cat "$work/session.err")"
# What the daemon keeps for a restart says that it has ended it.
closed() {
	python3 - "$work/lockstep.db" "$id" <<-'END'
		import sqlite3, sys
		rows = sqlite3.connect(sys.argv[1]).execute("SELECT 1 FROM resume WHERE session = ? AND what = 'why'", sys.argv[2:])
		sys.exit(rows.fetchone() is None)
	END
}
until_true closed || failed "the session goes on"
open_gate
wait "$session"
until_true ended "$id" || failed "the session did not end"
is "$(of "$id" 'select(.kind == "session_end") | .why')" window
is "$(acts)" "unapproved after_end,outside_window"
start && failed "opened after the window"
said "outside_window: ticket CHG-1 is not valid since"
stop_daemon
echo "all rows passed"
