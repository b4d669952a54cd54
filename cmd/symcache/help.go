package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how many columns help has at most: those of a terminal that nobody has made wider.
const helpWidth = 80

// setHelp has help printed by helpText, and refuses help about what there is not.
func (a *app) setHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if word := strayWord(cmd, args); word != "" {
			a.misuse, a.misused = unknownCommand(cmd, word), cmd
			return
		}
		fmt.Fprint(cmd.OutOrStdout(), helpText(cmd)) // ignore error: run looks at those of its writer
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print help about a command",
		Long:  "Help prints what a command does, its flags and examples, as 'symcache COMMAND --help' does.",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && about.HasSubCommands() {
				return unknownCommand(about, rest[0])
			}
			return about.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range root.Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	})
	root.InitDefaultHelpCmd()
}

// strayWord returns the first word in the arguments of a command that has only commands below it, which is none of them.
func strayWord(cmd *cobra.Command, args []string) string {
	if !cmd.HasSubCommands() {
		return ""
	}
	rest := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == "--help" || arg == "-h" })
	about, rest, err := cmd.Root().Find(rest)
	if err != nil || about != cmd || cmd.ParseFlags(rest) != nil || cmd.Flags().NArg() == 0 {
		return ""
	}
	return cmd.Flags().Arg(0)
}

// helpText is the help of a command.
func helpText(cmd *cobra.Command) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n", wrap(about, helpWidth, ""))
	if cmd.Runnable() || cmd.HasSubCommands() {
		fmt.Fprintf(&b, "\nUsage:\n  %s\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nAvailable Commands:\n")
		for _, below := range cmd.Commands() {
			if below.IsAvailableCommand() || below.Name() == "help" {
				fmt.Fprintf(&b, "  %-11s %s\n", below.Name(), wrap(below.Short, helpWidth-14, strings.Repeat(" ", 14)))
			}
		}
	}
	writeFlags(&b, "Flags", cmd.LocalFlags())
	if takesGlobalFlags(cmd) {
		writeFlags(&b, "Global Flags", cmd.InheritedFlags())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n'%s COMMAND --help' has more about a command.\n", cmd.CommandPath())
	}
	return b.String()
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(b, "\n%s:\n%s", title, flags.FlagUsagesWrapped(helpWidth))
	}
}

// takesGlobalFlags reports whether the global flags change what a command does.
func takesGlobalFlags(cmd *cobra.Command) bool {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if slices.Contains([]string{"version", "completion", "help", "man"}, c.Name()) {
			return false
		}
	}
	return true
}

// wrap fills the paragraphs of a text, which stand between empty lines, into lines of a number of columns. A line that
// begins with white space is left as it is. The lines after the first begin with an indent, which does not count.
func wrap(text string, columns int, indent string) string {
	var lines []string
	line := ""
	end := func() {
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
	}
	for given := range strings.SplitSeq(text, "\n") {
		if given == "" || given[0] == ' ' {
			end()
			lines = append(lines, given)
			continue
		}
		for _, word := range strings.Fields(given) {
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= columns:
				line += " " + word
			default:
				end()
				line = word
			}
		}
	}
	end()
	return strings.Join(lines, "\n"+indent)
}
