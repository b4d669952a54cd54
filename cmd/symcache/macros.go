package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/symcache/symcache/lsp/symbols"
)

// macroShapes is a flag that may be repeated: shapes of macros. One that is malformed is a
// mistake in usage.
type macroShapes []string

func (m *macroShapes) String() string { return strings.Join(*m, " ") }

func (m *macroShapes) Type() string { return "shapes" }

func (m *macroShapes) Set(shape string) error {
	if err := symbols.CheckMacro(shape); err != nil {
		return err
	}
	if len(*m) == symbols.MaxMacros {
		return fmt.Errorf("more than %d macros", symbols.MaxMacros)
	}
	*m = append(*m, shape)
	return nil
}

func (m *macroShapes) add(flags *pflag.FlagSet) {
	flags.Var(m, "macro", "take calls of a C macro of this `SHAPE` for definitions: 'MY_TEST(_, name)' (may be repeated)")
}
