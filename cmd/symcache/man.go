package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) man() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Man prints the manual page of the program, with all commands and their flags, for the program man. The
packages of Debian install it.`,
		Example: `  symcache man | man -l -
  symcache man >~/.local/share/man/man1/symcache.1`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(a.out, manualPage(cmd.Root()))
			return err
		},
	}
}

// manualPage is what help says of the program and its commands, in the macros of man(7). It is the same on all machines.
func manualPage(root *cobra.Command) string {
	var m manual
	fmt.Fprintf(&m.Builder, ".TH SYMCACHE 1 \"\" %q \"User Commands\"\n", "symcache "+programVersion)
	m.section("NAME")
	m.text("symcache - " + strings.ToLower(root.Short[:1]) + root.Short[1:])
	m.section("SYNOPSIS")
	m.text("symcache COMMAND [ARGUMENT...] [flags]")
	m.section("DESCRIPTION")
	m.text(root.Long)
	m.examples(root.Example)
	m.section("COMMANDS")
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			m.command(c)
		}
	}
	m.section("GLOBAL FLAGS")
	m.flags(root.PersistentFlags())
	m.section("EXIT STATUS")
	for _, status := range []struct {
		code int
		text string
	}{
		{exitOK, "done"},
		{exitFailed, "failed, or query found nothing"},
		{exitUsage, "wrong usage"},
		{exitSomeFailed, "done, but some files failed"},
		{exitInterrupted, "interrupted; what was stored until then is kept"},
	} {
		m.item(fmt.Sprint(status.code), status.text)
	}
	m.section("FILES")
	m.item("~/.cache/symcache", "the cache, or symcache in $XDG_CACHE_HOME; on macOS in ~/Library/Caches, on Windows in %LocalAppData%. It can be deleted at any time.")
	return m.String()
}

// manual is a manual page that is being written.
type manual struct{ strings.Builder }

func (m *manual) section(title string) { fmt.Fprintf(&m.Builder, ".SH %s\n", title) }

// line writes a line of text, of which no character is one of roff's.
func (m *manual) line(text string) {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	m.WriteString(text + "\n")
}

// text writes paragraphs, which stand between empty lines.
func (m *manual) text(text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line == "" {
			m.WriteString(".PP\n")
			continue
		}
		m.line(strings.TrimSpace(line))
	}
}

// examples writes lines as they are.
func (m *manual) examples(text string) {
	if text == "" {
		return
	}
	m.WriteString(".PP\n.RS\n.EX\n")
	for line := range strings.SplitSeq(text, "\n") {
		m.line(strings.TrimPrefix(line, "  "))
	}
	m.WriteString(".EE\n.RE\n")
}

// item writes a name and what it means.
func (m *manual) item(name, meaning string) {
	m.WriteString(".TP\n.B ")
	m.line(name)
	m.line(meaning)
}

func (m *manual) command(c *cobra.Command) {
	m.WriteString(".SS ")
	var below []string
	for _, sub := range c.Commands() {
		below = append(below, sub.Name())
	}
	if len(below) > 0 {
		m.line(c.CommandPath() + " " + strings.Join(below, "|"))
		m.text(c.Short + ".")
		return
	}
	m.line(strings.TrimSuffix(c.UseLine(), " [flags]"))
	m.text(c.Long)
	m.flags(c.LocalNonPersistentFlags())
	m.examples(c.Example)
}

// flags writes flags with their meaning and default, as pflag prints them.
func (m *manual) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "help" {
			return
		}
		alone := pflag.NewFlagSet("", pflag.ContinueOnError)
		alone.AddFlag(flag)
		name, meaning, _ := strings.Cut(strings.TrimSpace(alone.FlagUsagesWrapped(0)), "   ")
		m.item(name, meaning)
	})
}
