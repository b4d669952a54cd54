package symbols

import (
	"slices"

	"github.com/symcache/symcache/lsp/symbols/golang"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// languages is the one list of all languages; it is never changed.
var languages = []*language.Language{
	golang.Language(),
}

// Languages returns all languages, in a fixed order.
func Languages() []*language.Language { return slices.Clone(languages) }
