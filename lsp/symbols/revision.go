package symbols

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/zeebo/blake3"
)

// extractorVersion is the version of the code in this package that turns
// captures into symbols. It goes up with every change that changes a summary.
const extractorVersion = 1

// ingredients are what a summary follows from besides its content.
type ingredients struct {
	Extractor     int
	Encoding      byte
	Query         string
	Options       language.Options
	Grammar       []byte // treesitter.Fingerprint
	GrammarModule string // version and checksum, as far as the build knows them
	Limits        any
}

func revision(lang *language.Language) ([8]byte, error) {
	grammar, err := treesitter.Fingerprint(lang.Grammar())
	if err != nil {
		return [8]byte{}, err
	}
	_, module := moduleVersion(lang.GrammarModule)
	return ingredients{
		Extractor:     extractorVersion,
		Encoding:      encodingVersion,
		Query:         lang.Query,
		Options:       lang.Options,
		Grammar:       grammar,
		GrammarModule: module,
		Limits:        []any{runLimits, MaxContent, MaxSymbols, MaxNesting, MaxName, MaxSignature},
	}.hash()
}

// hash returns the first 8 bytes of the BLAKE3 hash over all ingredients, each
// preceded by its length.
func (in ingredients) hash() ([8]byte, error) {
	options, err := json.Marshal(in.Options) // deterministic: structs and slices only
	if err != nil {
		return [8]byte{}, fmt.Errorf("options: %w", err)
	}
	limits, err := json.Marshal(in.Limits)
	if err != nil {
		return [8]byte{}, fmt.Errorf("limits: %w", err)
	}
	h := blake3.New()
	for _, part := range [][]byte{
		{in.Encoding},
		binary.BigEndian.AppendUint32(nil, uint32(in.Extractor)),
		[]byte(in.Query), options, in.Grammar, []byte(in.GrammarModule), limits,
	} {
		// ignore error: a hash.Hash never returns one
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = h.Write(part)
	}
	return [8]byte(h.Sum(nil)), nil
}

// moduleVersion returns the version of a module that is linked into the program,
// and the same with its checksum. Test binaries do not know.
func moduleVersion(path string) (version, full string) {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, m := range info.Deps {
			if m.Path != path {
				continue
			}
			if m.Replace != nil {
				m = m.Replace
			}
			return m.Version, m.Path + "@" + m.Version + " " + m.Sum
		}
	}
	return "unknown", ""
}
