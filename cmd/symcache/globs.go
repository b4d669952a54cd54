package main

import (
	"fmt"
	"path/filepath"
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

// directories is a flag that may be repeated, for directories below a root.
type directories []string

func (d *directories) String() string { return strings.Join(*d, " ") }

func (d *directories) Type() string { return "directories" }

func (d *directories) Set(dir string) error {
	dir = filepath.ToSlash(dir)
	if err := files.CheckIncluded([]string{dir}); err != nil {
		return err
	}
	*d = append(*d, dir)
	return nil
}
