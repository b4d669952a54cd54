package typescript

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/javascript"
	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed locals.scm
var locals string

//go:embed names.scm
var names string

// Names returns what the names of a dialect mean, with what it has besides those that both
// share.
func Names(more string) language.Names { return javascript.Names(locals, names+more) }
