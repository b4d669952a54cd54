package bindings

import (
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// Versions of the program share index files. This file says how one of them knows what of
// a file that another has written does not hold for itself: files whose language has
// another revision here, or may be another one.

// detectionRules returns a hash of the rules by which this program detects languages.
// Where an index file was made by other rules, a file may be of another language now.
func detectionRules() string {
	type rules struct {
		ID                                  string
		Filenames, Extensions, Interpreters []string
	}
	var all []rules
	for _, l := range symbols.Languages() {
		all = append(all, rules{l.ID, l.Filenames, l.Extensions, l.Interpreters})
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		panic(err) // never: there are only strings
	}
	sum := cachestore.Sum(encoded)
	return hex.EncodeToString(sum[:8])
}

// detects reports whether this program takes a file for what a program with other rules
// has taken it for. Where that depends on the content it reports false.
func detects(path string, b index.Binding) bool {
	lang := symbols.Detect(path, nil)
	switch {
	case lang == nil || b.Class == index.ClassNoLanguage:
		return false
	case b.Class == index.ClassSource:
		return lang.ID == b.Language.ID
	default: // too large or binary, whatever the language
		return true
	}
}

// knowsLanguage reports whether this program has a language, whatever its revision.
func knowsLanguage(id string) bool {
	return slices.ContainsFunc(symbols.Languages(), func(l *language.Language) bool { return l.ID == id })
}

// staleFiles counts the files of an index file that this program has to look at again: it
// knows their language in another revision.
func staleFiles(file *index.File) (n int) {
	for _, row := range file.Languages() {
		if row.Masked && knowsLanguage(row.ID) {
			n += row.Files
		}
	}
	return n
}
