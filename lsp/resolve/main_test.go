package resolve

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

func languageOf(t testing.TB, name string) *language.Language {
	for _, lang := range symbols.Languages() {
		if slices.Contains(lang.Extensions, filepath.Ext(name)) {
			return lang
		}
	}
	t.Fatalf("%s: no language", name)
	return nil
}

func read(t testing.TB, path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func lineOf(text []byte, offset uint32) int { return bytes.Count(text[:offset], []byte("\n")) + 1 }
