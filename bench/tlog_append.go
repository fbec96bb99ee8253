// bench/tlog_append.go - what Go's x/mod tlog needs to append a record of our length.
//
//	GOPATH=/usr/share/gocode GO111MODULE=off go run bench/tlog_append.go [RECORDS]
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/mod/sumdb/tlog"
)

// All stored hashes, in memory.
type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = s[at]
	}
	return out, nil
}

// CPU seconds of this process: others may be busy.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func main() {
	n := int64(1000000)
	if len(os.Args) > 1 {
		n, _ = strconv.ParseInt(os.Args[1], 10, 64)
	}
	runtime.GOMAXPROCS(1)
	var s store
	record := make([]byte, 118)
	from := cpu()
	for i := int64(0); i < n; i++ {
		record[0], record[1], record[2] = byte(i), byte(i>>8), byte(i>>16)
		hashes, err := tlog.StoredHashes(i, record, s)
		if err != nil {
			panic(err)
		}
		s = append(s, hashes...)
	}
	took := cpu() - from
	fmt.Printf("Go tlog     %7.2f M records/s appended (118 bytes, in memory)\n", float64(n)/took/1e6)
}
