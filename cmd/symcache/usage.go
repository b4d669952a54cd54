package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// usage marks a mistake in how the program was called. What is printed of it names the command and how it is called.
func usage(err error) error { return &exitError{code: exitUsage, cause: err} }

// printUsageError prints a mistake in how a command was called, how it is called, and where help is.
func printUsageError(to io.Writer, cmd *cobra.Command, err error) {
	text := fmt.Sprintf("%s: %v\n", cmd.CommandPath(), err)
	if cmd.HasParent() {
		text += fmt.Sprintf("Usage: %s\n", cmd.UseLine())
	}
	_, _ = fmt.Fprintf(to, "%sRun '%s --help' for what there is\n", text, cmd.CommandPath()) // ignore error: there is no other place to tell it
}

// noArgs is for commands without arguments.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(fmt.Errorf("takes no arguments, but got %s", strings.Join(args, " ")))
}

// atLeast is for commands with one argument or more, the first of which is called name in their help.
func atLeast(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(errors.New("missing " + name))
		}
		return nil
	}
}

// flagError says in the program's own words what is wrong with the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &value):
		return usage(fmt.Errorf("--%s: %w", value.GetFlag().Name, valueError(value)))
	case errors.As(err, &unknown):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if like := closest(unknown.GetSpecifiedName(), names); like != "" {
			return usage(fmt.Errorf("%w, did you mean --%s?", err, like))
		}
	}
	return usage(err)
}

// valueError says what is wrong with the value of a flag. Types of this program say it themselves.
func valueError(e *pflag.InvalidValueError) error {
	switch value := e.GetValue(); e.GetFlag().Value.Type() {
	case "int":
		if errors.Is(e, strconv.ErrRange) {
			return fmt.Errorf("%s is too large", value)
		}
		return fmt.Errorf("%q is not a whole number", value)
	case "bool":
		return fmt.Errorf("%q is neither true nor false", value)
	case "duration":
		return fmt.Errorf("%q is not a duration, such as 100ms or 2s", value)
	}
	return e.Unwrap()
}

// unknownCommand is the mistake of a word that is no command below cmd.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			names = append(names, below.Name())
		}
	}
	text := fmt.Sprintf("unknown command %q", word)
	if like := closest(word, names); like != "" {
		text += fmt.Sprintf(", did you mean %s?", like)
	}
	return usage(fmt.Errorf("%s\n%s", text, wrap("There are "+strings.Join(names, ", "), helpWidth, "")))
}

// levels are the values of --log-level.
var levels = []string{"debug", "info", "warn", "error"}

// parseLevel returns the level of a name.
func parseLevel(name string) (slog.Level, error) {
	for i, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(name, levels[i]) {
			return level, nil
		}
	}
	return 0, fmt.Errorf("%s is none of %s", name, strings.Join(levels, ", "))
}

// longPath is the length in bytes from which the middle of a path is left out of a message.
const longPath = 300

// plainError is an error in words: a path and what is wrong with it, without the name of the system call.
func plainError(err error) string {
	text := err.Error()
	var of *fs.PathError
	if errors.As(err, &of) {
		path := shortPath(of.Path) + ": "
		text = strings.Replace(text, of.Error(), path+of.Err.Error(), 1)
		text = strings.Replace(text, path+path, path, 1) // the cache names it, and the system does
	}
	return strings.ReplaceAll(text, "cachestore: ", "") // the name of a package says nothing to people
}

// shortPath leaves out the middle of a path that is too long to read.
func shortPath(path string) string {
	if len(path) <= longPath {
		return path
	}
	return path[:longPath/3] + " ... " + path[len(path)-longPath/3:]
}

// fileError says why a file that was named cannot be used. Size is --max-file-size in bytes.
func fileError(name string, size int64, err error) error {
	return fmt.Errorf("%s: %w", name, reasonOf(name, size, err))
}

// reasonOf is fileError without the name.
func reasonOf(name string, size int64, err error) error {
	var skip *contents.SkipError
	if !errors.As(err, &skip) {
		var of *fs.PathError
		if errors.As(err, &of) {
			return of.Err
		}
		return err
	}
	switch skip.Reason {
	case contents.SkipTooLarge:
		if info, statErr := os.Stat(name); statErr == nil {
			return fmt.Errorf("too large: %s, above --max-file-size %s", formatBytes(info.Size()), formatBytes(size))
		}
	case contents.SkipNoLanguage:
		return fmt.Errorf("no known language; there are %s", languageNames())
	}
	return err
}

// languageNames are the languages in the words of people: "Go, Python and C".
func languageNames() string {
	names := map[string]string{
		"c": "C", "go": "Go", "javascript": "JavaScript", "python": "Python", "tsx": "TSX", "typescript": "TypeScript",
	}
	var all []string
	for _, lang := range symbols.Languages() {
		name := names[lang.ID]
		if name == "" {
			name = lang.ID
		}
		all = append(all, name)
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}
