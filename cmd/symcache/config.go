package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp"
)

func (a *app) showConfig() *cobra.Command {
	var flags walkFlags
	var limits limitFlags
	var logs logFlags
	var schema bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print each setting, and where its value comes from",
		Long: `Config prints the settings that the other commands would have here and now, and the source of each: a
flag, the environment, or the default. An editor may change some of them for the server that it has
started; --schema prints a JSON schema of these.`,
		Example: `  symcache config
  symcache config --json | jq '.[] | select(.source != "default")'
  symcache config --schema > symcache.schema.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				text, err := lsp.Schema()
				if err == nil {
					_, err = a.out.Write(text)
				}
				return err
			}
			return a.runConfig(cmd, &flags, &limits, &logs)
		},
	}
	flags.add(cmd.Flags())
	limits.add(cmd.Flags())
	logs.add(cmd.Flags())
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of what an editor may set")
	a.addJSON(cmd)
	return cmd
}

// settingJSON is the contract of config --json: an array of these.
type settingJSON struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	// Source is flag, environment or default.
	Source   string `json:"source"`
	Flag     string `json:"flag,omitempty"`     // that sets it
	Variable string `json:"variable,omitempty"` // that has set it
	Editor   bool   `json:"editor"`             // may set it, for its server
	Doc      string `json:"doc"`
}

func (a *app) runConfig(cmd *cobra.Command, walk *walkFlags, limits *limitFlags, logs *logFlags) error {
	list, err := a.settings(cmd, walk, limits, logs)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	style, err := a.style()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		value, err := describeValue(s.Value)
		if err != nil {
			return fmt.Errorf("encode %s: %w", s.Name, err)
		}
		from := s.Source
		switch s.Source {
		case "flag":
			from = s.Flag
		case "environment":
			from = "$" + s.Variable
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, from, style.text(value)) // ignore error: Flush returns it
	}
	return table.Flush()
}

// describeValue is the value of a setting for people. Of what is switched on and off it says what is off.
func describeValue(value any) (string, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	var list []string
	var switches map[string]bool
	var text string
	switch {
	case json.Unmarshal(encoded, &text) == nil:
		return cmp.Or(text, "-"), nil
	case json.Unmarshal(encoded, &list) == nil:
		return cmp.Or(strings.Join(list, " "), "-"), nil
	case json.Unmarshal(encoded, &switches) == nil:
		var off []string
		for name, on := range switches {
			if !on {
				off = append(off, name)
			}
		}
		slices.Sort(off)
		switch len(off) {
		case 0:
			return "all", nil
		case len(switches):
			return "none", nil
		}
		return "all but " + strings.Join(off, ", "), nil
	}
	return string(encoded), nil
}

// settings returns the settings of the program, then those that an editor may change.
func (a *app) settings(cmd *cobra.Command, walk *walkFlags, limits *limitFlags, logs *logFlags) ([]settingJSON, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	base := []string{}
	for _, path := range filepath.SplitList(os.Getenv("SYMCACHE_BASE")) {
		if path != "" {
			base = append(base, path)
		}
	}
	list := []settingJSON{
		a.setting(cmd, "cacheDir", root, "cache-dir", "Where the cache is."),
		{Name: "base", Value: base, Source: "default", Doc: "Read-only caches that are asked after one's own."},
		a.setting(cmd, "jobs", a.jobs, "jobs", "Files worked on at once."),
		a.setting(cmd, "log", a.logLevel, "log-level", "The level of messages on standard error."),
		a.setting(cmd, "logFile", logs.file, "log-file", "The log file of a server; empty for a new one in the cache."),
		a.setting(cmd, "maxSize", limits.size.String(), "max-size", "The budget of the cache on disk; 0 for no limit."),
		a.setting(cmd, "maxAge", limits.age.String(), "max-age", "How long unused summaries are kept; 0 for ever."),
	}
	if len(base) > 0 {
		list[1].Source, list[1].Variable = "environment", "SYMCACHE_BASE"
	}
	flags := map[string]string{"maxFileSize": "max-file-size", "exclude": "exclude", "include": "include", "followLinks": "follow-links", "macros": "macro"}
	for _, s := range lsp.DefaultSettings(a.engineConfig(walk, nil, nil), walk.config()).List() {
		each := a.setting(cmd, s.Name, s.Value, flags[s.Name], s.Doc)
		each.Editor = true
		list = append(list, each)
	}
	return list, nil
}

// setting describes a setting. An empty flag means that no flag sets it.
func (a *app) setting(cmd *cobra.Command, name string, value any, flag, doc string) settingJSON {
	s := settingJSON{Name: name, Value: value, Source: "default", Doc: doc}
	if flag == "" {
		return s
	}
	s.Flag, s.Variable = "--"+flag, a.variables[flag]
	if cmd.Flags().Changed(flag) {
		s.Source = "flag"
		if s.Variable != "" {
			s.Source = "environment"
		}
	}
	return s
}
