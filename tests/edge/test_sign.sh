#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Signatures of tickets, with keys made here and the real ssh-keygen: which count, and what is said of those
# that do not. No hardware: a security key's signature is put together from its parts, with and without
# the touch.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/edge/typed_lib.sh
. tests/edge/typed_lib.sh
profiles=$tree/examples/profiles

# ticket APPROVALS
ticket() {
	rm -f CHG-1.yaml CHG-1.yaml.*
	cat >CHG-1.yaml <<-END
		lockstep: 1
		ticket: CHG-1
		summary: a test
		requester: li.wei@contractor.example
		operators: [jdoe]
		approvals: $1
		window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}
		steps:
		  - id: who
		    run: id -u
	END
}

# key NAME [TYPE]
key() {
	[ -e "$1" ] || ssh-keygen -q -t "${2:-ed25519}" -N '' -C "$1" -f "$1"
}

# sign NAME [NAMESPACE] - as plain ssh-keygen does; to CHG-1.yaml.NAME.sig
sign() {
	ssh-keygen -q -Y sign -n "${2:-lockstep-ticket}" -f "$1" <CHG-1.yaml >"CHG-1.yaml.$1.sig" 2>/dev/null
}

# signer LINE... - the allowed signers: "PRINCIPAL [OPTIONS] KEY" by the key's name
signers() {
	: >allowed
	for line; do
		name=${line##* }
		echo "${line% *} $(cut -d' ' -f1,2 "$name.pub")" >>allowed
	done
}

verify() {
	"$lockstep" ticket verify -p "$profiles" -s allowed -r "${revoked:-none}" -o jdoe CHG-1.yaml 2>&1
	echo "status $?"
}

# says NAME WANT... - what is said of the one signature, without the key, and the count.
says() {
	got=$(verify | sed -e 's/, SHA256:[^)]*//; s/ (SHA256:[^)]*)//; s/^CHG-1.yaml\.[^:]*: //; s/^CHG-1.yaml: //' | paste -sd'|')
	row "$1" "$2" "$got"
}

good="approved: 1 of 1 signatures count|status 0"
none="not approved: 0 of 1 signatures count|status 1"
for name in alice bob li.wei jdoe; do
	key "$name"
done
key rsa rsa
key ecdsa ecdsa

ticket 1
signers "alice@example.com alice"
says "no signature" "$none"
ssh-keygen -q -Y sign -n lockstep-ticket -f alice CHG-1.yaml 2>/dev/null
says "by plain ssh-keygen, under its own name" "approves (alice@example.com)|$good"
ticket 1
path=$("$lockstep" ticket sign -p "$profiles" -k alice CHG-1.yaml 2>/dev/null)
row "by lockstep: a file beside the ticket" yes "$([ -s "$path" ] && [ "${path%%.yaml.*}" = CHG-1 ] && echo yes)"
says "by lockstep" "approves (alice@example.com)|$good"
"$lockstep" ticket sign -p "$profiles" -k alice CHG-1.yaml >/dev/null 2>&1
row "a second time it is not written over" 2 $?
"$lockstep" ticket sign -p "$profiles" -k alice -n ../x CHG-1.yaml >/dev/null 2>&1
row "a name is no path" 2 $?
sed 's/^steps:/stepz:/' CHG-1.yaml >bad.yaml
"$lockstep" ticket sign -p "$profiles" -k alice bad.yaml >/dev/null 2>err
row "a ticket that is refused is not signed" "1 no" "$? $(ls bad.yaml.* 2>/dev/null || echo no)"
for name in rsa ecdsa; do
	ticket 1
	signers "$name@example.com $name"
	sign "$name"
	says "by a key of type $name" "approves ($name@example.com)|$good"
done

ticket 1
signers "alice@example.com alice"
sign alice
echo '# more' >>CHG-1.yaml
says "over other bytes" "was made over other bytes than this ticket's (alice@example.com)|$none"
row "over other bytes, where SIGCHLD was ignored before" 0 "$(python3 - "$lockstep" "$profiles" <<'END'
import signal, subprocess, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
said = subprocess.Popen([sys.argv[1], "ticket", "verify", "-p", sys.argv[2], "-s", "allowed", "-r", "none",
                         "CHG-1.yaml"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, restore_signals=False)
print(said.stdout.read().count(b": approved: "))
END
)"
ticket 1
sign alice git
says "for another namespace" "was made for another purpose than tickets (namespace \"git\")|$none"
ticket 1
sign bob
says "by an unknown key" "its key is no allowed signer's|$none"
ticket 1
sign alice
signers 'alice@example.com valid-before="20200101" alice'
says "of a signer who is not valid any more" "its signer is not valid at this time|$none"
signers 'alice@example.com valid-after="20890101" alice'
says "of a signer who is not valid yet" "its signer is not valid at this time|$none"
signers 'alice@example.com namespaces="git" alice'
says "of a signer for other purposes" "its signer is not allowed to approve tickets (alice@example.com)|$none"
signers "alice@example.com alice"
ssh-keygen -q -k -f krl alice.pub
revoked=krl says "of a revoked key, by a KRL" "its key was revoked (alice@example.com)|$none"
revoked=alice.pub says "of a revoked key, by a list" "its key was revoked (alice@example.com)|$none"
ssh-keygen -q -k -f krl bob.pub
revoked=krl says "another key was revoked" "approves (alice@example.com)|$good"
signers "*@example.com alice"
says "of a signer that is a pattern" "its allowed signer is a pattern, which names nobody|$none"
signers "li.wei@contractor.example alice"
says "the requester's own" "is the requester's own (li.wei@contractor.example)|$none"
signers "Li.Wei alice"
says "the requester's own, without the domain" "is the requester's own (Li.Wei)|$none"
signers "li.wei@elsewhere.example alice"
says "of another domain: another person" "approves (li.wei@elsewhere.example)|$good"
signers "alice@example.com,li.wei@contractor.example alice"
says "the requester's own, by the second name" "is the requester's own (alice@example.com)|$none"
signers "jdoe@example.com alice"
says "the operator's own" "is the operator's own (jdoe@example.com)|$none"
rm -f CHG-1.yaml.*
echo rubbish >CHG-1.yaml.x.sig
says "not a signature" "can't be read: expected an SSH signature, got something else|$none"
ln -sf /etc/shadow CHG-1.yaml.x.sig
says "a symbolic link" "can't be read: Too many levels of symbolic links|$none"
rm -f CHG-1.yaml.*
mkfifo CHG-1.yaml.x.sig
row "a FIFO does not hold it up" 1 "$(verify | grep -c "can't be read")"
rm -f allowed CHG-1.yaml.*
row "no allowed signers" "status 2" "$(verify | tail -n 1)"

two="approved: 2 of 2 signatures count|status 0"
one="not approved: 1 of 2 signatures count|status 1"
ticket 2
signers "alice@example.com alice" "bob@example.com bob"
sign alice
sign bob
says "two signers" "approves (alice@example.com)|approves (bob@example.com)|$two"
signers "alice@example.com alice" "alice@example.com bob"
says "two keys of one signer" "approves (alice@example.com)|is a second one of the same signer (alice@example.com)|$one"
cp CHG-1.yaml.alice.sig CHG-1.yaml.bob.sig
signers "alice@example.com alice"
says "one signature twice" "approves (alice@example.com)|is a second one of the same key (alice@example.com)|$one"

# One key, certified under two names by a CA: still one key.
key ca
for name in carol dave; do
	cp alice "$name" && cp alice.pub "$name.pub"
	ssh-keygen -q -s ca -I "$name" -n "$name@example.com" "$name.pub" 2>/dev/null
done
ticket 2
echo "*@example.com cert-authority $(cut -d' ' -f1,2 ca.pub)" >allowed
for name in carol dave; do
	ssh-keygen -q -Y sign -n lockstep-ticket -f "$name-cert.pub" <CHG-1.yaml >"CHG-1.yaml.$name.sig" 2>/dev/null
done
says "a certified key under two names" "approves (carol@example.com)|is a second one of the same key (dave@example.com)|$one"

# What a security key signs (PROTOCOL.u2f, PROTOCOL.sshsig), by a key of ours.
openssl genpkey -algorithm ed25519 -out sk.pem 2>/dev/null
security_key() {
	python3 - "$1" <<'END'
import base64, hashlib, struct, subprocess, sys
flags = int(sys.argv[1])
string = lambda b: struct.pack(">I", len(b)) + b
public = subprocess.run(["openssl", "pkey", "-in", "sk.pem", "-pubout", "-outform", "DER"], capture_output=True).stdout[-32:]
kind = b"sk-ssh-ed25519@openssh.com"
key = string(kind) + string(public) + string(b"ssh:")
open("sk.pub", "w").write(kind.decode() + " " + base64.b64encode(key).decode() + "\n")
message = open("CHG-1.yaml", "rb").read()
signed = b"SSHSIG" + string(b"lockstep-ticket") + string(b"") + string(b"sha512") + string(hashlib.sha512(message).digest())
data = hashlib.sha256(b"ssh:").digest() + struct.pack(">BI", flags, 7) + hashlib.sha256(signed).digest()
open("data", "wb").write(data)
raw = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", "sk.pem", "-rawin", "-in", "data"], capture_output=True).stdout
blob = string(kind) + string(raw) + struct.pack(">BI", flags, 7)
sig = b"SSHSIG" + struct.pack(">I", 1) + string(key) + string(b"lockstep-ticket") + string(b"") + string(b"sha512") + string(blob)
text = base64.b64encode(sig).decode()
lines = "\n".join(text[i:i + 70] for i in range(0, len(text), 70))
open("CHG-1.yaml.sk.sig", "w").write("-----BEGIN SSH SIGNATURE-----\n" + lines + "\n-----END SSH SIGNATURE-----\n")
END
}
ticket 1
security_key 1
signers "alice@example.com sk"
says "by a security key that was touched" "approves (alice@example.com)|$good"
security_key 0
row "ssh-keygen takes it without the touch" 0 "$(ssh-keygen -q -Y verify -f allowed -I alice@example.com \
	-n lockstep-ticket -s CHG-1.yaml.sk.sig <CHG-1.yaml >/dev/null 2>&1; echo $?)"
says "by a security key that nobody touched" "was made by a security key that nobody touched|$none"

# A profile's pin: what an approver signs for is what they have read, and what the host has.
mkdir pinned
printf 'lockstep: 1\nprofile: p\nsteps:\n  - {id: whoami, run: whoami}\n' >pinned/p.yaml
sum=$(sha256sum <pinned/p.yaml | cut -d' ' -f1)
ticket 1
echo "profiles: [p@sha256:$sum]" >>CHG-1.yaml
signers "alice@example.com alice"
sign alice
row "a profile as pinned: verify says so" "profile p sha256:$sum, as the ticket says" \
	"$("$lockstep" ticket verify -p pinned -s allowed CHG-1.yaml | grep '^profile')"
row "show prints the pin, and what the bytes are here" "profiles: [\"p@sha256:$sum\"] # profile p sha256:$sum" \
	"$("$lockstep" ticket show -p pinned CHG-1.yaml | grep 'profile' | xargs -d '\n')"
echo "  - {id: all, run: sh ...}" >>pinned/p.yaml
new=$(sha256sum <pinned/p.yaml | cut -d' ' -f1)
for verb in "check -p pinned" "show -p pinned" "verify -p pinned -s allowed" "sign -p pinned -k alice"; do
	# shellcheck disable=SC2086
	out=$("$lockstep" ticket $verb CHG-1.yaml 2>&1)
	row "a profile with other bytes: $verb" "1 CHG-1.yaml: expected profile \"p\" with sha256 $sum, which the ticket pins, got $new" "$? $out"
done
sed -i 's/@sha256:.*]/]/' CHG-1.yaml
sign alice
row "one that is not pinned: verify says so" "profile p sha256:$new, which the ticket leaves to this host" \
	"$("$lockstep" ticket verify -p pinned -s allowed CHG-1.yaml | grep '^profile')"

[ "$failures" -eq 0 ]
