package cachestore

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/zeebo/blake3"
)

// errInvalidKey is the error of a key whose part or language is not a plain word, and of storing a value of a part that
// this program does not know.
var errInvalidKey = errors.New("cachestore: invalid key")

// Limits of names that become part of a path. Both are far above what exists (the longest language id of the
// LSP has 15 bytes, a Windows SID at most 68) and keep the whole path far below the 255 bytes of a file name.
const (
	maxPartLen      = 16  // bytes; also the width of a pack's part field
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

// Part names one kind of value that is kept for a content: [a-z][a-z0-9]{0,15}. Each part has revisions of its own,
// so that a change of what makes one part leaves the others valid.
type Part string

// The parts that this program knows. A value of another part belongs to another version of the program.
const (
	PartSymbols Part = "symbols" // the symbols of a content
	PartFacts   Part = "facts"   // what of a content name resolution needs
	PartWords   Part = "words"   // the identifiers that a content uses
	PartLearned Part = "learned" // what a real language server answered about a content
)

// partRules say what may be done with the values of a part.
type partRules struct {
	leaves bool // its values may leave the machine
}

// rules is the table of parts. Values of a part that is not in it never leave the machine, since nothing is known
// about them.
func (p Part) rules() (rules partRules, known bool) {
	switch p {
	case PartSymbols, PartFacts, PartWords:
		return partRules{leaves: true}, true // a function of the content alone
	case PartLearned:
		return partRules{}, true // it may name files and settings of this machine
	default:
		return partRules{}, false
	}
}

// MayLeave reports whether values of the part may leave the machine.
func (p Part) MayLeave() bool {
	rules, _ := p.rules()
	return rules.leaves
}

func (p Part) known() bool {
	_, known := p.rules()
	return known
}

// Key addresses one value. Equal keys mean equal values: that is the caller's promise, and makes it safe to store
// a value twice, at once, from several processes.
type Key struct {
	Part     Part
	Language string // [a-z0-9][a-z0-9_+-]{0,31}
	Revision Revision
	Hash     Hash
}

// String returns "part-language-revision/hash", for messages.
func (k Key) String() string { return k.extractor().String() + "/" + k.Hash.String() }

func (k Key) extractor() extractor { return extractor{k.Part, k.Language, k.Revision} }

// shard is the first byte of the hash: it names the lock, the directory of a loose entry, and the bucket in a
// pack.
func (k Key) shard() byte { return k.Hash[0] }

// check guards paths and file formats: a language comes from an LSP client and must never act as a path.
func (k Key) check() error {
	if !validPart(string(k.Part)) {
		return fmt.Errorf("%w: part %q", errInvalidKey, k.Part)
	}
	if !validLanguage(k.Language) {
		return fmt.Errorf("%w: language %q", errInvalidKey, k.Language)
	}
	return nil
}

// checkWrite checks a key under which a value is to be stored.
func (k Key) checkWrite() error {
	if err := k.check(); err != nil {
		return err
	}
	if !k.Part.known() {
		return fmt.Errorf("%w: unknown part %q", errInvalidKey, k.Part)
	}
	return nil
}

// Record is a key with its value.
type Record struct {
	Key   Key
	Value []byte
}

// extractor is what many keys have in common: a directory of loose entries, a row in a pack's table.
type extractor struct {
	part     Part
	language string
	revision Revision
}

// key returns the key of a content.
func (e extractor) key(hash Hash) Key { return Key{e.part, e.language, e.revision, hash} }

// compare orders extractors as a pack has them.
func (e extractor) compare(other extractor) int {
	return cmp.Or(cmp.Compare(e.part, other.part), cmp.Compare(e.language, other.language),
		bytes.Compare(e.revision[:], other.revision[:]))
}

// String is the name of the extractor's directory: part, '-', language, '-', 16 hex digits.
func (e extractor) String() string {
	return string(e.part) + "-" + e.language + "-" + e.revision.String()
}

// parseExtractor is the inverse of String. A part has no '-', so that the first one ends it.
func parseExtractor(name string) (e extractor, ok bool) {
	part, rest, ok := strings.Cut(name, "-")
	cut := len(rest) - 2*len(e.revision) - 1
	if !ok || !validPart(part) || cut < 1 || rest[cut] != '-' || !validLanguage(rest[:cut]) || !isLowerHex(rest[cut+1:]) {
		return extractor{}, false
	}
	e.part, e.language = Part(part), rest[:cut]
	if _, err := hex.Decode(e.revision[:], []byte(rest[cut+1:])); err != nil {
		return extractor{}, false
	}
	return e, true
}

func validPart(s string) bool {
	if len(s) == 0 || len(s) > maxPartLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
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

// validNamespace accepts uids, SIDs and plain names, [A-Za-z0-9][A-Za-z0-9_.-]*, that name the same directory on all
// systems: Windows drops a dot at the end, and takes CON, COM1.x and the like for devices.
func validNamespace(s string) bool {
	if len(s) == 0 || len(s) > maxNamespaceLen || s[len(s)-1] == '.' || isDeviceName(s) {
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

// isDeviceName reports whether Windows takes a name, with whatever follows its first dot, for that of a device.
func isDeviceName(s string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(s), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	port, isPort := strings.CutPrefix(stem, "COM")
	if !isPort {
		port, isPort = strings.CutPrefix(stem, "LPT")
	}
	return isPort && len(port) == 1 && '0' <= port[0] && port[0] <= '9'
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
