// tests/interop/ledger_check.go - our ledger, checked by the Go project's own
// note and tlog packages (golang.org/x/mod/sumdb), which know nothing of us.
//
//	go run ledger_check.go DIR
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var dir string
var checks int

func must(err error, what string) {
	if err != nil {
		fmt.Printf("FAILED: %s: %v\n", what, err)
		os.Exit(1)
	}
	checks++
}

func refuse(err error, what string) {
	if err == nil {
		fmt.Printf("FAILED: %s was accepted\n", what)
		os.Exit(1)
	}
	checks++
}

func slurp(name string) []byte {
	b, err := os.ReadFile(filepath.Join(dir, name))
	must(err, name)
	return b
}

// A C2SP tlog-cosignature, Ed25519.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	t := binary.BigEndian.Uint64(sig)
	m := fmt.Sprintf("cosignature/v1\ntime %d\n%s", t, msg)
	return ed25519.Verify(c.key, []byte(m), sig[8:])
}

func newCosigner(vkey string) *cosigner {
	part := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(part[2])
	must(err, "witness key")
	if len(raw) != 33 || raw[0] != 4 {
		must(fmt.Errorf("type"), "witness key")
	}
	h := sha256.Sum256(append([]byte(part[0]+"\n"), raw...))
	if fmt.Sprintf("%x", h[:4]) != part[1] {
		must(fmt.Errorf("id"), "witness key")
	}
	return &cosigner{part[0], binary.BigEndian.Uint32(h[:4]), raw[1:]}
}

// Tiles as C2SP tlog-tiles names them.
type tiles struct{}

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func index(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}
func load(kind string, n int64, w int) ([]byte, error) {
	p := filepath.Join(dir, "log", "tile", kind, index(n))
	if w < 256 {
		if b, err := os.ReadFile(fmt.Sprintf("%s.p/%d", p, w)); err == nil {
			return b, nil
		}
	}
	return os.ReadFile(p)
}
func (tiles) ReadTiles(ts []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range ts {
		b, err := load(fmt.Sprint(t.L), t.N, t.W)
		if err != nil {
			return nil, err
		}
		out = append(out, b[:t.W*tlog.HashSize])
	}
	return out, nil
}

type checkpoint struct {
	n    int64
	root tlog.Hash
}

var keys note.Verifiers

func open(b []byte) (checkpoint, error) {
	n, err := note.Open(b, keys)
	if err != nil {
		return checkpoint{}, err
	}
	if len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0 {
		return checkpoint{}, fmt.Errorf("%d signatures", len(n.Sigs))
	}
	var c checkpoint
	var root string
	_, err = fmt.Sscanf(strings.TrimPrefix(n.Text, "log.example/1\n"), "%d\n%s\n", &c.n, &root)
	if err == nil {
		c.root, err = tlog.ParseHash(root)
	}
	return c, err
}

func hashes(lines []string) (p []tlog.Hash, err error) {
	for _, l := range lines {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return nil, err
		}
		p = append(p, h)
	}
	return p, nil
}

// Size and root of the tree, number of the entry, and its path, which holds.
func readProof(name string, b []byte) (c checkpoint, i int64, p tlog.RecordProof, err error) {
	part := bytes.SplitN(b, []byte("\n\n"), 2)
	head := strings.Split(string(part[0]), "\n")
	if len(part) != 2 || head[0] != "c2sp.org/tlog-proof@v1" {
		return c, 0, nil, fmt.Errorf("form of %s", name)
	}
	if _, err = fmt.Sscanf(head[1], "index %d", &i); err != nil {
		return
	}
	h, err := hashes(head[2:])
	if err != nil {
		return
	}
	if c, err = open(part[1]); err != nil {
		return
	}
	p = h
	leaf := tlog.RecordHash([]byte(fmt.Sprintf("entry %d", i)))
	return c, i, p, tlog.CheckRecord(p, c.n, c.root, i, leaf)
}

func checkEntries(c checkpoint, r tlog.HashReader) {
	for i := int64(0); i < c.n; {
		w := 256
		if c.n-i < 256 {
			w = int(c.n - i)
		}
		b, err := load("entries", i/256, w)
		must(err, "bundle")
		for k := 0; k < w; k++ {
			n := int(binary.BigEndian.Uint16(b))
			want := fmt.Sprintf("entry %d", i)
			if string(b[2:2+n]) != want {
				must(fmt.Errorf("%q", b[2:2+n]), want)
			}
			if i%97 == 0 {
				h, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
				must(err, "leaf")
				if h[0] != tlog.RecordHash(b[2:2+n]) {
					must(fmt.Errorf("leaf hash"), want)
				}
			}
			b = b[2+n:]
			i++
		}
	}
}

func main() {
	dir = os.Args[1]
	log, err := note.NewVerifier(string(slurp("log.vkey")))
	must(err, "log key")
	keys = note.VerifierList(log, newCosigner(string(slurp("witness.vkey"))))

	raw := slurp("log/checkpoint")
	c, err := open(raw)
	must(err, "checkpoint")
	reader := tlog.TileHashReader(tlog.Tree{N: c.n, Hash: c.root}, tiles{})
	root, err := tlog.TreeHash(c.n, reader)
	must(err, "tiles")
	if root != c.root {
		must(fmt.Errorf("root"), "tiles")
	}
	checkEntries(c, reader)

	for i := range raw {
		for _, bit := range []byte{1, 2, 32, 128} {
			raw[i] ^= bit
			_, err := open(raw)
			refuse(err, fmt.Sprintf("checkpoint with byte %d changed", i))
			raw[i] ^= bit
		}
	}

	names, _ := filepath.Glob(filepath.Join(dir, "*.tlog-proof"))
	roots := map[int64]tlog.Hash{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(err, name)
		k, i, p, err := readProof(name, b)
		must(err, name)
		roots[k.n] = k.root
		if k.n == c.n {
			own, err := tlog.ProveRecord(c.n, i, reader)
			must(err, "ProveRecord")
			if fmt.Sprint(own) != fmt.Sprint(p) {
				must(fmt.Errorf("%v, not %v", p, own), name)
			}
		}
	}

	// Our proofs of growth, against Go's own and under Go's check.
	s := bufio.NewScanner(bytes.NewReader(slurp("consistency")))
	for s.Scan() {
		var old, size int64
		_, err := fmt.Sscanf(s.Text(), "%d %d", &old, &size)
		must(err, s.Text())
		var lines []string
		for s.Scan() && s.Text() != "" {
			lines = append(lines, s.Text())
		}
		p, err := hashes(lines)
		must(err, "proof of growth")
		if old == 0 {
			continue
		}
		must(tlog.CheckTree(p, size, roots[size], old, roots[old]), "growth")
		own, err := tlog.ProveTree(size, old, reader)
		must(err, "ProveTree")
		if fmt.Sprint(own) != fmt.Sprint(tlog.TreeProof(p)) {
			must(fmt.Errorf("%v, not %v", p, own), "growth")
		}
		refuse(tlog.CheckTree(p, size, roots[size], old+1, roots[old]), "growth from another size")
	}
	fmt.Printf("%d checks of a ledger of %d entries, %d proofs\n", checks, c.n, len(names))
}
