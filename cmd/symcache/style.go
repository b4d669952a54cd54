package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

// The colours of a line, as grep and ripgrep have them, in the numbers of ECMA-48.
const (
	colorKind  = "36"   // cyan
	colorMatch = "1;31" // bold red
	colorPath  = "35"   // magenta
)

// addColor gives a command its --color flag.
func (a *app) addColor(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.color, "color", colorAuto, "`WHEN` to use colours: auto, always or never")
	mustComplete(cmd.RegisterFlagCompletionFunc("color",
		cobra.FixedCompletions([]string{colorAuto, colorAlways, colorNever}, cobra.ShellCompDirectiveNoFileComp)))
}

// style says how text for people is written to standard output.
type style struct {
	color bool
	raw   bool // names go out byte for byte: a program reads them
}

// style returns that of standard output. The error is a mistake in --color.
func (a *app) style() (style, error) {
	terminal := isTerminal(a.out)
	s := style{raw: !terminal}
	switch a.color {
	case colorAlways:
		s.color = true
	case colorNever:
	case colorAuto, "":
		// https://no-color.org
		s.color = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && showsColors(a.out)
	default:
		return s, usage(fmt.Errorf("--color: %s is none of auto, always, never", a.color))
	}
	return s, nil
}

// text returns a name for output. Control characters of names stay off a terminal.
func (s style) text(name string) string {
	if s.raw {
		return name
	}
	return printable(name)
}

// paint returns a text in a colour.
func (s style) paint(color, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// mark returns a name in which the letters that a query has found are painted.
func (s style) mark(name, query string) string {
	if !s.color {
		return s.text(name)
	}
	var out strings.Builder
	at := 0
	for _, m := range found(name, query) {
		out.WriteString(s.text(name[at:m.from]))
		out.WriteString(s.paint(colorMatch, s.text(name[m.from:m.to])))
		at = m.to
	}
	out.WriteString(s.text(name[at:]))
	return out.String()
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// found returns where the letters of a query stand in a name: in one piece, else one after the other, as far to the
// right as they go. White space and separators of the query say nothing. Nil: they are not all there.
func found(name, query string) []span {
	wanted := make([]rune, 0, len(query))
	for _, r := range query {
		if !unicode.IsSpace(r) {
			wanted = append(wanted, unicode.ToLower(r))
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	type letter struct {
		span
		r rune
	}
	letters := make([]letter, 0, len(name))
	for i, r := range name {
		_, size := utf8.DecodeRuneInString(name[i:])
		letters = append(letters, letter{span{i, i + size}, unicode.ToLower(r)})
	}
	matchesAt := func(at int) bool {
		for i, r := range wanted {
			if letters[at+i].r != r {
				return false
			}
		}
		return true
	}
	for at := len(letters) - len(wanted); at >= 0; at-- {
		if matchesAt(at) {
			return []span{{letters[at].from, letters[at+len(wanted)-1].to}}
		}
	}
	var spans []span
	left := len(wanted)
	for i := len(letters) - 1; i >= 0 && left > 0; i-- {
		if letters[i].r != wanted[left-1] {
			continue
		}
		left--
		if len(spans) > 0 && spans[len(spans)-1].from == letters[i].to {
			spans[len(spans)-1].from = letters[i].from
		} else {
			spans = append(spans, letters[i].span)
		}
	}
	if left > 0 {
		return nil
	}
	slices.Reverse(spans)
	return spans
}

// printable keeps control characters of names off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}
