package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
)

func (a *app) version() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print versions of the program, the formats and the grammars",
		Long: `Version prints the versions of the program, of the formats on disk and of the grammars. The cache keeps
summaries of different revisions of a language apart; a revision is a hash of the grammar, the query and
the options. For a report of a mistake run 'symcache bug'.`,
		Example: `  symcache version
  symcache version --json | jq -r '.languages[] | .language + " " + .grammar'`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runVersion() },
	}
	a.addJSON(cmd)
	return cmd
}

type versionJSON struct {
	Version   string         `json:"version"`
	Commit    string         `json:"commit"`
	Format    int            `json:"format"` // of the store
	Go        string         `json:"go"`
	Languages []languageInfo `json:"languages"`
}

type languageInfo struct {
	Language string `json:"language"`
	Revision string `json:"revision,omitempty"`
	Grammar  string `json:"grammar,omitempty"`
	// Error says why symbols of the language cannot be extracted.
	Error string `json:"error,omitempty"`
}

func (a *app) runVersion() error {
	out := versionJSON{
		Version: programVersion, Commit: programCommit(), Format: cachestore.FormatVersion, Go: runtime.Version(),
	}
	extractor := symbols.NewExtractor(1)
	for _, lang := range symbols.Languages() {
		info := languageInfo{Language: lang.ID}
		if revision, err := extractor.Revision(lang, symbols.PartSymbols); err != nil {
			info.Error = err.Error()
		} else {
			info.Revision = cachestore.Revision(revision).String()
			info.Grammar = extractor.GrammarVersion(lang)
		}
		out.Languages = append(out.Languages, info)
	}
	if a.json {
		return a.printJSON(out)
	}
	_, err := fmt.Fprintf(a.out, "symcache %s, commit %s, store format %d, %s\n", out.Version, out.Commit, out.Format, out.Go)
	for _, l := range out.Languages {
		if err == nil {
			_, err = fmt.Fprintf(a.out, "  %-12s revision %-16s grammar %s%s\n", l.Language, l.Revision, l.Grammar, l.Error)
		}
	}
	return err
}

// programVersion is the number of this release, or of the next one: the commit tells. The extension has the same one.
const programVersion = "0.1.0"

// programCommit is the commit that the program was built from, if the Go command recorded it.
func programCommit() string {
	commit, dirty := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = " (modified)"
			}
		}
	}
	return commit + dirty
}
