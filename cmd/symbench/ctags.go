package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/symcache/symcache/cmd/symbench/internal/outline"
	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// ctagsKinds are the declarations that an outline has as well, as one letter each: macros, locals and parameters are not
// among them.
func ctagsKinds() map[tree.Language]string {
	return map[tree.Language]string{
		tree.Go: "fctvsi", tree.Python: "cfmv", tree.JavaScript: "fcm", tree.TypeScript: "fcmeig", tree.C: "fpstugv",
	}
}

// ctagsArgs are the arguments before the name of a file.
func ctagsArgs(language tree.Language) []string {
	name := map[tree.Language]string{tree.Go: "Go", tree.Python: "Python", tree.JavaScript: "JavaScript", tree.TypeScript: "TypeScript", tree.C: "C"}[language]
	return []string{
		"--output-format=json", "--fields=nN", "--extras=", "--languages=" + name, "--langmap=C:+.h",
		"--kinds-" + name + "=" + ctagsKinds()[language], "-f", "-",
	}
}

// ctagsFidelity is how many of ctags' symbols are found, by name and line.
type ctagsFidelity struct {
	files, symbols, found int
	missing               []string
}

func (f *ctagsFidelity) recall() float64 { return float64(f.found) / float64(max(1, f.symbols)) }

// fidelityToCtags compares outlines with what ctags finds. It tells lines and no nesting.
func (b *bench) fidelityToCtags(ctx context.Context, t namedTree, language tree.Language, files []string,
	ours map[string][]outline.Symbol) (*ctagsFidelity, error) {
	f := &ctagsFidelity{}
	for _, path := range files {
		_, out, err := system.Run(system.Command(ctx, t.dir, nil, b.peers["ctags"], append(ctagsArgs(language), path)...))
		if err != nil {
			return nil, err
		}
		f.files++
		known := outline.Places(ours[path])
		for line := range bytes.Lines(out) {
			var tag struct {
				Name string `json:"name"`
				Line int    `json:"line"` // from 1
			}
			if err := json.Unmarshal(line, &tag); err != nil {
				return nil, fmt.Errorf("decode ctags' output: %w", err)
			}
			f.symbols++
			if known[outline.Place{Name: tag.Name, Line: tag.Line - 1}] {
				f.found++
			} else if len(f.missing) < shownDifferences {
				f.missing = append(f.missing, fmt.Sprintf("missing %s at %s:%d", tag.Name, relative(t, path), tag.Line))
			}
		}
	}
	return f, nil
}
