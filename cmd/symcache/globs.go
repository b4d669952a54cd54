package main

import (
	"fmt"
	"strings"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// globs is a flag that may be repeated, for patterns in gitignore syntax.
type globs []string

func (g *globs) String() string { return strings.Join(*g, " ") }

func (g *globs) Type() string { return "globs" }

func (g *globs) Set(pattern string) error {
	if err := files.CheckPattern(pattern); err != nil {
		return fmt.Errorf("%q is not a glob: %w", pattern, err)
	}
	*g = append(*g, pattern)
	return nil
}
