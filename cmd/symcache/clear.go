package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
)

func (a *app) clear() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clear",
		Short: "Empty your part of the cache",
		Long: `Clear removes everything that the cache holds for you, and the log files of servers; others who share
the directory keep theirs. Only time is lost: sources are parsed again when they are needed. The
files of locks stay, about 1 MiB, since other processes may hold them; 'symcache uninstall' removes
these, too. On a terminal clear asks first; elsewhere it needs --yes.`,
		Example: `  symcache clear
  symcache clear --yes --json | jq .bytes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runClear(cmd, yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	a.addJSON(cmd)
	return cmd
}

func (a *app) runClear(cmd *cobra.Command, yes bool) error {
	root, err := a.root()
	if err != nil {
		return err
	}
	if !yes {
		if !isTerminal(a.in) {
			return usage(errors.New("needs --yes when there is no terminal to ask on"))
		}
		stats, err := cachestore.ReadStats(root, cachestore.Options{Logger: a.logger()})
		if err != nil {
			return fmt.Errorf("read the cache: %w", err)
		}
		question := fmt.Sprintf("Remove %s, in %s?", summaries(stats.Entries, stats.Workspaces, stats.Bytes), root)
		if err := a.confirm(cmd.Context(), question); err != nil {
			return err
		}
	}
	store, err := a.store(a.logger())
	if err != nil {
		return err
	}
	defer store.Close()
	removed, err := store.Clear(cmd.Context())
	if err != nil {
		return fmt.Errorf("clear the cache: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(store.Dir(), logsName)); err != nil {
		a.logger().Debug("log files are left", "err", err) // Windows removes none that a server has open
	}
	if a.json {
		return a.printJSON(struct {
			Entries    int   `json:"entries"`
			Packs      int   `json:"packs"`
			Workspaces int   `json:"workspaces"`
			Bytes      int64 `json:"bytes"`
			Left       int   `json:"left"` // files that are in use: Windows does not remove them
		}(removed))
	}
	_, err = fmt.Fprintf(a.out, "removed %s\n%s",
		summaries(removed.Entries, removed.Workspaces, removed.Bytes), describeLeft(removed.Left))
	return err
}

// confirm asks a question, and returns an error unless the answer is yes. The read is left behind when ctx ends first,
// which ends the program.
func (a *app) confirm(ctx context.Context, question string) error {
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.in).ReadString('\n') // an empty answer is a no
		answers <- strings.ToLower(strings.TrimSpace(line))
	}()
	nothing := errors.New("nothing was removed")
	select {
	case answer := <-answers:
		if answer == "y" || answer == "yes" {
			return nil
		}
		return nothing
	case <-ctx.Done():
		fmt.Fprintln(a.err) // the question has no end of line
		return &exitError{code: exitInterrupted, cause: nothing}
	}
}
