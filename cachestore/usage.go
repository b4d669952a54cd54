package cachestore

import (
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"
)

// A pack's usage, packs/<64 hex>.used beside packs/<64 hex>.pack, says when each of its records was last used. It is
// a hint: without a valid one all count as used when the pack was written, so that losing it makes records live
// longer. It stands apart since it changes, and a pack's bytes follow from its records. It has the format
//
//	 0   4  "SYMU"
//	 4   4  format version
//	 8   4  number of records N
//	12      N times, in the order of the pack's directory: 4 seconds since 1970
//	     4  checksum up to here

const (
	usageMagic  = "SYMU"
	usageSuffix = ".used"
	usageFixed  = preambleSize + 4
)

// usagePath returns the place of a pack's usage.
func usagePath(packPath string) string { return strings.TrimSuffix(packPath, packSuffix) + usageSuffix }

// unixSeconds returns a time as usage has it.
func unixSeconds(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), math.MaxUint32)) }

// readUsage returns when each of n records of a pack was last used, and whether it had to be guessed.
func (l layout) readUsage(packPath string, n int) (used []uint32, guessed bool, err error) {
	if used, ok := l.loadUsage(packPath, n); ok {
		return used, false, nil
	}
	info, err := l.at.stat(packPath)
	if err != nil {
		return nil, false, err
	}
	used = make([]uint32, n)
	for i := range used {
		used[i] = unixSeconds(info.ModTime())
	}
	return used, true, nil
}

// loadUsage returns what the usage file of a pack says, where there is a valid one that can be read.
func (l layout) loadUsage(packPath string, n int) (used []uint32, ok bool) {
	b, err := l.at.readFile(usagePath(packPath))
	if err != nil {
		return nil, false
	}
	return decodeUsage(b, n)
}

// usageSize returns the bytes of the usage of n records.
func usageSize(n int) int64 { return usageFixed + 4*int64(n) + 4 }

func decodeUsage(b []byte, n int) ([]uint32, bool) {
	if int64(len(b)) != usageSize(n) || checkPreamble(b, usageMagic) != nil || le.Uint32(b[preambleSize:]) != uint32(n) {
		return nil, false
	}
	if checksum(b[:len(b)-4]) != le.Uint32(b[len(b)-4:]) {
		return nil, false
	}
	used := make([]uint32, n)
	for i := range used {
		used[i] = le.Uint32(b[usageFixed+4*i:])
	}
	return used, true
}

func encodeUsage(used []uint32) []byte {
	b := appendPreamble(make([]byte, 0, usageSize(len(used))), usageMagic)
	b = le.AppendUint32(b, uint32(len(used)))
	for _, u := range used {
		b = le.AppendUint32(b, u)
	}
	return le.AppendUint32(b, checksum(b))
}

// writeUsage writes the usage of a pack.
func (l layout) writeUsage(packPath string, used []uint32) error {
	_, err := l.writeFile(l.packs, filepath.Base(usagePath(packPath)), func(w io.Writer) error {
		_, err := w.Write(encodeUsage(used))
		return err
	})
	return err
}
