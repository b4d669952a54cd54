package workspace

import (
	"path/filepath"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// newRules returns the rules of some roots. HasBelow is as in files.Config.
func newRules(engine *contents.Engine, config Config, roots []string, hasBelow func(path string) bool) *files.Rules {
	defaults, err := ignoreDefaults(config)
	if err != nil {
		engine.Log().Warn("exclude patterns are partly ignored", "err", err)
	}
	of := files.Config{Defaults: defaults, MayHold: mayHaveSymbols, HasBelow: hasBelow, Hangs: engine.Hangs(), Now: engine.Now}
	if store := engine.Store(); store != nil {
		of.Own = store.Dir()
	}
	rules := files.NewRules(of)
	rules.SetRoots(roots)
	return rules
}

// ignoreDefaults returns the rules below those of all ignore files. The error names the
// patterns of the configuration that are not used.
func ignoreDefaults(config Config) (*ignore.Dir, error) {
	patterns := append(files.DefaultExcludes(), config.Exclude...)
	if config.NoIgnore {
		return ignore.Only(patterns)
	}
	return ignore.Defaults(patterns)
}

// mayHaveSymbols reports whether a file may hold symbols, by its name alone: it is that of
// a known language, or has no extension, so that the first line decides.
func mayHaveSymbols(name string) bool {
	return symbols.Detect(name, nil) != nil || filepath.Ext(name) == ""
}
