#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lockstep export on stores made of the scenarios' lines: filters, forms read by other programs (Python's csv
# reader, jq, gzip), files that were left in the middle and gone on with, pipes that end, progress.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/edge/typed_lib.sh
. tests/edge/typed_lib.sh
scenarios=$tree/tests/scenario

export_() {
	"$lockstep" export --store store.db "$@" 2>err
}

{
	cat "$scenarios"/demo/expected.jsonl "$scenarios"/writes/expected.jsonl
	"$build/tests/schema/to_ocsf" --records | grep '"kind":"unix_connect"'
} >lines
"$build/tests/edge/fill" store.db <lines || exit 2
export_ >all
lines=$(wc -l <lines)
row "every line" "$lines" "$(wc -l <all)"
row "byte for byte, but for the number" "$(sed 's/"seq":[0-9]*//' lines | sha256sum)" \
	"$(sed 's/"seq":[0-9]*//' all | sha256sum)"

# filter NAME JQ-CONDITION OPTION... - gives what jq gives, and something
filter() {
	name=$1 condition=$2
	shift 2
	row "filter $name" "$(jq -c "select($condition) | .seq" all | paste -sd' ')" \
		"$(export_ "$@" | jq -c .seq | paste -sd' ')"
	[ -n "$(export_ "$@")" ] || row "filter $name gives something" yes no
}
filter kind '.kind == "exec"' --kind exec
filter verdict '.verdict == "unapproved"' --verdict unapproved
filter operator '.operator == "jdoe"' --operator jdoe
filter host '.host == "web-1"' --host web-1
filter reason '.reasons | index("write_not_allowed")' --reason write_not_allowed
filter "program's name" '((.kind != "exec_failed") and (.exe // "" | endswith("/nginx"))) or (.filename // "" | endswith("/nginx"))' --program nginx
filter "program's path" '(.exe // "") == "/usr/sbin/nginx"' --program /usr/sbin/nginx
filter destination '(.remote // "") | startswith("127.0.0.1:")' --destination 127.0.0.0/8
filter "unix socket" '.kind == "unix_connect" and .path == "/var/run/docker.sock"' --destination unix:/run/docker.sock
filter time '.time >= "2026-11-23T20:30:05" and .time < "2026-11-23T20:30:09"' \
	--since 2026-11-23T20:30:05Z --until 2026-11-23T20:30:09Z
filter alerts '.verdict == "unapproved" or .verdict == "indeterminate" or .kind == "loss" or .kind == "session_end"' --alerts
filter "two at once" '.kind == "exec" and (.reasons | index("not_in_ticket"))' --kind exec --reason not_in_ticket
filter after '.seq > 20' --after 20
row "another host" "" "$(export_ --host web-2)"

for bad in "--kind exce" "--verdict violation" "--reason argument" "--destination host.example" "--program a/b" \
	"--output xml" "--since yesterday" "--session ../x" "--resume"; do
	# shellcheck disable=SC2086
	export_ $bad >out
	row "$bad" "2 0 1" "$? $(wc -c <out) $(wc -l <err)"
done

# forms
export_ -o csv >table.csv
cat >table.py <<'END'
import csv, json, sys
rows = list(csv.reader(open("table.csv", newline="", encoding="utf-8"), strict=True))
lines = [json.loads(line) for line in open("all", encoding="utf-8")]
header = rows.pop(0)
assert len(rows) == len(lines), (len(rows), len(lines))
for row, line in zip(rows, lines):
    assert len(row) == len(header), row
    cells = dict(zip(header, row))
    assert cells["seq"] == str(line["seq"]) and cells["kind"] == line["kind"], row
    assert cells["verdict"] == (line["verdict"] or ""), row
    assert cells["reasons"] == ", ".join(line["reasons"]), row
    assert cells["exit_code"] == ("" if line.get("exit_code") is None else str(line["exit_code"])), row
    assert not any(cell[:1] in "=+-@\t\r\n" for cell in row if cell), row
print(len(rows))
END
row "Python's csv reader" "$lines" "$(python3 table.py 2>&1 | tail -n 1)"
sed 's/"seq"/"sequence"/' table.csv | sed '2s/^"1"/"2"/' >bad.csv && mv table.csv good.csv && mv bad.csv table.csv
row "and it can fail" 1 "$(python3 table.py >/dev/null 2>&1; echo $?)"
mv good.csv table.csv
export_ -o ocsf >events
row "ocsf: what is left out is told" "lockstep export: left out, having no class in OCSF here: 2 session_start" \
	"$(sed 's/, [0-9]* write$//' err)"
row "ocsf: one event a line, of the records in order" "$(jq -r .metadata.sequence events | sort -n | paste -sd' ')" \
	"$(jq -r .metadata.sequence events | paste -sd' ')"
row "ocsf: alerts" "$(jq -c 'select(.verdict == "unapproved" or .verdict == "indeterminate")' all | wc -l)" \
	"$(jq -c 'select(.class_uid == 2004 and .disposition_id != null)' events | wc -l)"

# files
export_ --to whole.jsonl
row "to a file" "0 $(sha256sum <all)" "$? $(sha256sum <whole.jsonl)"
row "nobody else may read it" 600 "$(stat -c %a whole.jsonl)"
export_ --to whole.jsonl
row "not over another" "2 1" "$? $(grep -c 'is there already; --resume' err)"
ln -s whole.jsonl link
export_ --to link --resume
row "not through a link" 2 "$?"
echo "my notes" >notes
export_ --to notes --resume
row "not into what is none" "2 my notes" "$? $(cat notes)"
printf 'torn notes' >notes
export_ --to notes --resume
row "nor into a file without a line" "2 torn notes" "$? $(cat notes)"
export_ --to notes.gz --resume && mv notes.gz empty.gz
printf 'no gzip' >notes.gz
export_ --to notes.gz --resume
row "nor into what is no gzip" "2 no gzip" "$? $(cat notes.gz)"

# resumed FORM SUFFIX - from every tenth byte on, the file becomes what the whole export is
resumed() {
	export_ -o "$1" --to "whole.$1$2"
	size=$(stat -c %s "whole.$1$2")
	step=$((size / 37 + 1))
	bad=
	for at in $(seq 0 $step "$size") $((size - 1)) "$size"; do
		head -c "$at" "whole.$1$2" >"part.$1$2"
		export_ -o "$1" --to "part.$1$2" --resume || bad="$bad $at($(cat err))"
		if [ -z "$2" ]; then
			cmp -s "whole.$1" "part.$1" || bad="$bad $at"
		else
			[ "$(gzip -dc "whole.$1.gz" | sha256sum)" = "$(gzip -dc "part.$1.gz" | sha256sum)" ] || bad="$bad $at"
		fi
	done
	rm -f "part.$1$2" "whole.$1$2"
	row "resumed: $1$2" "" "$bad"
}
rm whole.jsonl
resumed jsonl ""
resumed csv ""
resumed ocsf ""
resumed jsonl .gz
resumed ocsf .gz
# cut at every line's end, where an act's finding is still to come
export_ -o ocsf --to whole.ocsf
bad=
for n in $(seq 1 "$(wc -l <whole.ocsf)"); do
	head -n "$n" whole.ocsf >part.ocsf
	export_ -o ocsf --to part.ocsf --resume
	cmp -s whole.ocsf part.ocsf || bad="$bad $n"
done
row "resumed: ocsf, behind each line" "" "$bad"

# many: several gzip members, bounded memory, progress
"$build/tests/edge/fill" many.db 300 <lines || exit 2
"$lockstep" export --store many.db >many.all
"$lockstep" export --store many.db --to many.gz
row "gzip reads it" "$(sha256sum <many.all)" "$(gzip -dc many.gz | sha256sum)"
members=$(python3 - <<'END'
import zlib
data, members = open("many.gz", "rb").read(), 0
while data:
    z = zlib.decompressobj(31)
    text = z.decompress(data)
    assert z.eof and text.endswith(b"\n")
    data, members = z.unused_data, members + 1
print(members)
END
)
row "more than one member, each of whole lines" yes "$([ "$members" -gt 2 ] && echo yes)"
head -c $(($(stat -c %s many.gz) * 2 / 3)) many.gz >part.gz
"$lockstep" export --store many.db --to part.gz --resume
row "a torn member is made anew" "$(sha256sum <many.all)" "$(gzip -dc part.gz | sha256sum)"
printf 'garbage' >>part.gz
"$lockstep" export --store many.db --to part.gz --resume
row "what is behind the last member is cut" "$(sha256sum <many.all)" "$(gzip -dc part.gz 2>&1 | sha256sum)"
"$lockstep" export --store many.db | head -n 1 >/dev/null
row "a pipe that ends: by SIGPIPE and without a word" "141 " "${PIPESTATUS[0]} $("$lockstep" export --store many.db 2>&1 >/dev/null | cat)"
slowly="$lockstep export --store many.db | { sleep 1.3; cat >/dev/null; }"
script -qec "$slowly" typescript >/dev/null
row "progress, where it takes longer than a second" yes "$(grep -aqE 'lockstep export: [0-9]+ records, [0-9]+ %' typescript && echo yes)"
"$lockstep" export --store many.db 2>err | { sleep 1.3; cat >/dev/null; }
row "and none where nobody looks" 0 "$(wc -c <err)"
"$lockstep" export --store many.db >/dev/full 2>err
row "a full disk" "2 1" "$? $(grep -c 'No space left' err)"

[ "$failures" -eq 0 ]
