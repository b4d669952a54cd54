package symbols

import (
	"slices"

	"github.com/symcache/symcache/lsp/symbols/c"
	"github.com/symcache/symcache/lsp/symbols/flow"
	"github.com/symcache/symcache/lsp/symbols/golang"
	"github.com/symcache/symcache/lsp/symbols/javascript"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/python"
	"github.com/symcache/symcache/lsp/symbols/tsx"
	"github.com/symcache/symcache/lsp/symbols/typescript"
)

// languages is the one list of all languages; it is never changed.
var languages = []*language.Language{
	c.Language(),
	golang.Language(),
	javascript.Language(flow.Dialect()),
	python.Language(),
	tsx.Language(),
	typescript.Language(),
}

// Languages returns all languages, in a fixed order.
func Languages() []*language.Language { return slices.Clone(languages) }
