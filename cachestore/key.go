package cachestore

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/zeebo/blake3"
)

// ErrInvalidKey is returned for a key whose language is not a plain word.
var ErrInvalidKey = errors.New("cachestore: invalid key")

// Limits of names that become part of a path. Both are far above what exists (the longest language id of the
// LSP has 15 bytes, a Windows SID at most 68) and keep the whole path far below the 255 bytes of a file name.
const (
	maxLanguageLen  = 32  // bytes; also the width of a pack's language field
	maxNamespaceLen = 128 // bytes
)

// Hash is the BLAKE3-256 digest of a content.
type Hash [32]byte

// Sum returns the hash of content.
func Sum(content []byte) Hash { return blake3.Sum256(content) }

// String returns 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Revision identifies what made a value: another revision of the same extractor may make another value.
type Revision [8]byte

// String returns 16 hex digits.
func (r Revision) String() string { return hex.EncodeToString(r[:]) }

// Key addresses one value. Equal keys mean equal values: that is the caller's promise, and what makes it safe
// to store a value twice, at once, from several processes.
type Key struct {
	Language string // [a-z0-9][a-z0-9_+-]{0,31}
	Revision Revision
	Hash     Hash
}

// String returns "language-revision/hash", for messages.
func (k Key) String() string { return k.extractor().String() + "/" + k.Hash.String() }

func (k Key) extractor() extractor { return extractor{k.Language, k.Revision} }

// shard is the first byte of the hash: it names the lock, the directory of a loose entry, and the bucket in a
// pack.
func (k Key) shard() byte { return k.Hash[0] }

// check guards paths and file formats: a language comes from an LSP client and must never act as a path.
func (k Key) check() error {
	if !validLanguage(k.Language) {
		return fmt.Errorf("%w: language %q", ErrInvalidKey, k.Language)
	}
	return nil
}

// Record is a key with its value.
type Record struct {
	Key   Key
	Value []byte
}

// extractor is the part of a key that many keys share: a directory of loose entries, a row in a pack's table.
type extractor struct {
	language string
	revision Revision
}

// String is the name of the extractor's directory: language, '-', 16 hex digits.
func (e extractor) String() string { return e.language + "-" + e.revision.String() }

// parseExtractor is the inverse of String.
func parseExtractor(name string) (e extractor, ok bool) {
	cut := len(name) - 2*len(e.revision) - 1
	if cut < 1 || name[cut] != '-' || !validLanguage(name[:cut]) || !isLowerHex(name[cut+1:]) {
		return extractor{}, false
	}
	e.language = name[:cut]
	if _, err := hex.Decode(e.revision[:], []byte(name[cut+1:])); err != nil {
		return extractor{}, false
	}
	return e, true
}

func validLanguage(s string) bool {
	if len(s) == 0 || len(s) > maxLanguageLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		word := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !word && (i == 0 || c != '_' && c != '+' && c != '-') {
			return false
		}
	}
	return true
}

// validNamespace accepts uids, SIDs and plain names: [A-Za-z0-9][A-Za-z0-9_.-]*.
func validNamespace(s string) bool {
	if len(s) == 0 || len(s) > maxNamespaceLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		word := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !word && (i == 0 || c != '_' && c != '.' && c != '-') {
			return false
		}
	}
	return true
}

// isLowerHex reports whether s is hex digits as this package writes them; upper case would be a second name
// for the same thing on a case-insensitive file system.
func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) > 0
}
