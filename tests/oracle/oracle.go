// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// oracle BUNDLE checks a bundle of `lockstep export --proof` with code that is not ours:
// golang.org/x/mod/sumdb/note reads the signed notes and verifies them, .../tlog checks the inclusion and
// consistency proofs. Prints what it checked; exit status 1 with a line at the first thing that is not so.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func read(dir, name string) []byte {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		fail("%v", err)
	}
	return data
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != tlog.HashSize {
		fail("%q is no hash", text)
	}
	copy(h[:], data)
	return h
}

// head opens a checkpoint: a signed note whose text is origin, size, root and extension lines.
func head(data []byte, verifier note.Verifier) tlog.Tree {
	n, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(n.Text, "\n")
	if lines[0] != verifier.Name() {
		fail("checkpoint of %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("checkpoint: %v", err)
	}
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func record(dir string, line, checkpoint []byte, tree tlog.Tree) {
	var fields struct{ Seq int64 }
	if err := json.Unmarshal(line, &fields); err != nil {
		fail("record: %v", err)
	}
	text := read(dir, fmt.Sprintf("proofs/%d.tlog-proof", fields.Seq))
	end := bytes.Index(text, []byte("\n\n"))
	if end < 0 || !bytes.Equal(text[end+2:], checkpoint) {
		fail("record %d: its proof is not against the checkpoint", fields.Seq)
	}
	lines := strings.Split(string(text[:end]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		fail("record %d: no tlog-proof", fields.Seq)
	}
	index, err := strconv.ParseInt(lines[1][6:], 10, 64)
	if err != nil {
		fail("record %d: %v", fields.Seq, err)
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		proof = append(proof, hash(line))
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(line)); err != nil {
		fail("record %d: %v", fields.Seq, err)
	}
}

func continues(dir string, verifier note.Verifier, tree tlog.Tree) bool {
	if _, err := os.Stat(filepath.Join(dir, "since")); err != nil {
		return false
	}
	old := head(read(dir, "since"), verifier)
	var proof tlog.TreeProof
	for _, line := range strings.Fields(string(read(dir, "consistency"))) {
		proof = append(proof, hash(line))
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		fail("consistency from %d to %d: %v", old.N, tree.N, err)
	}
	return true
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(dir, "key"))))
	if err != nil {
		fail("key: %v", err)
	}
	checkpoint := read(dir, "checkpoint")
	tree := head(checkpoint, verifier)
	records := 0
	for _, line := range bytes.Split(read(dir, "records.jsonl"), []byte("\n")) {
		if len(line) > 0 {
			record(dir, line, checkpoint, tree)
			records++
		}
	}
	fmt.Printf("records %d size %d consistency %v\n", records, tree.N, continues(dir, verifier, tree))
}
