// tests/interop/home_check.go - what `exhibit ledger` hands out, checked by the Go
// project's note and tlog packages (golang.org/x/mod/sumdb) with nothing but the
// policy of `exhibit key show --policy`.
//
//	go run home_check.go POLICY CHECKPOINT OLD-CHECKPOINT CONSISTENCY PROOF ENTRY
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Printf("FAILED: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func slurp(name string) []byte {
	b, err := os.ReadFile(name)
	must(err, name)
	return b
}

// Go's note refuses two keys of one name and id, so each line is a verifier.
func trusted(policy []byte) (all []note.Verifier) {
	for _, line := range strings.Split(string(policy), "\n") {
		if word := strings.Fields(line); len(word) > 1 && word[0] == "log" {
			v, err := note.NewVerifier(word[1])
			must(err, line)
			all = append(all, v)
		}
	}
	return all
}

func tree(file []byte, by note.Verifiers) (n int64, root tlog.Hash, signers int) {
	opened, err := note.Open(file, by)
	must(err, "checkpoint")
	line := strings.Split(opened.Text, "\n")
	_, err = fmt.Sscan(line[1], &n)
	must(err, "size")
	root, err = tlog.ParseHash(line[2])
	must(err, "root")
	return n, root, len(opened.Sigs)
}

func hashes(lines []string) (all []tlog.Hash) {
	for _, line := range lines {
		h, err := tlog.ParseHash(line)
		must(err, line)
		all = append(all, h)
	}
	return all
}

func main() {
	policy := trusted(slurp(os.Args[1]))
	by := note.VerifierList(policy...)
	n, root, signers := tree(slurp(os.Args[2]), by)
	oldN, oldRoot, _ := tree(slurp(os.Args[3]), by)

	grown := strings.Split(strings.TrimSpace(string(slurp(os.Args[4]))), "\n")[1:]
	must(tlog.CheckTree(hashes(grown), n, root, oldN, oldRoot), "consistency")

	part := bytes.SplitN(slurp(os.Args[5]), []byte("\n\n"), 2)
	line := strings.Split(string(part[0]), "\n")
	var index int64
	_, err := fmt.Sscanf(line[1], "index %d", &index)
	must(err, "index")
	proofN, proofRoot, _ := tree(part[1], by)
	must(tlog.CheckRecord(hashes(line[2:]), proofN, proofRoot, index,
		tlog.RecordHash(slurp(os.Args[6]))), "inclusion")

	other := tlog.RecordHash(append(slurp(os.Args[6]), 'x'))
	if tlog.CheckRecord(hashes(line[2:]), proofN, proofRoot, index, other) == nil {
		fmt.Println("FAILED: another entry was proven")
		os.Exit(1)
	}
	fmt.Printf("go: size %d grew out of %d, %d keys, signed by %d, entry %d\n", n, oldN,
		len(policy), signers, index)
}
