package symbols

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// maxDamagedShare is the most of a language's texts that may count syntax errors, in percent:
// the grammar knows the language, or it is written in words that the grammar knows.
const maxDamagedShare = 1

// damagedSources are the golden sources with syntax errors.
var damagedSources = map[string]string{
	"unclosed_element.tsx": "half-typed",
	"cut_in_attribute.tsx": "half-typed",
	"declarations.c":       "the grammar knows no bit-field without a name behind one with a name",
}

// The golden sources that are right parse without errors.
func TestGoldenSourcesAreKnownToTheGrammar(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	archives, err := filepath.Glob("*/testdata/peers/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	declarations, err := filepath.Glob("*/testdata/declarations.txtar")
	if err != nil || len(declarations) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	texts := make(map[*language.Language]map[string][]byte)
	for _, path := range append(archives, declarations...) {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			lang := byExtensionOf(f.Name)
			if lang == nil || damagedSources[f.Name] != "" {
				continue // also outlines
			}
			if texts[lang] == nil {
				texts[lang] = make(map[string][]byte)
			}
			texts[lang][path+" "+f.Name] = source(t, f)
		}
	}
	for lang, texts := range texts {
		checkDamagedShare(t, extractor, lang, texts)
	}
}

// So do real sources, but for one in a hundred.
func TestTreeIsKnownToTheGrammar(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for _, lang := range Languages() {
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			texts := make(map[string][]byte)
			for _, extension := range lang.Extensions {
				for path, content := range treeFiles(t, extension, 200<<20) {
					texts[path] = content
				}
			}
			checkDamagedShare(t, extractor, lang, texts)
		})
	}
}

func checkDamagedShare(t *testing.T, extractor *Extractor, lang *language.Language, texts map[string][]byte) {
	damaged := 0
	for name, text := range texts {
		s, err := extractor.Extract(t.Context(), lang, text)
		if err != nil {
			t.Fatal(err)
		}
		if s.SyntaxErrors > 0 {
			damaged++
			t.Logf("%s: %d syntax errors", name, s.SyntaxErrors)
		}
	}
	t.Logf("%s: %d of %d texts have syntax errors", lang.ID, damaged, len(texts))
	if damaged*100 > maxDamagedShare*len(texts) {
		t.Errorf("%s: %d of %d texts have syntax errors, more than %d %%", lang.ID, damaged, len(texts), maxDamagedShare)
	}
}
