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
)

func (a *app) clear() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clear",
		Short: "Empty your part of the cache",
		Long: `Clear removes everything that the cache holds for you, and the log files of servers; others who share
the directory keep theirs. Only time is lost: sources are parsed again when they are needed. On a
terminal clear asks first; elsewhere it needs --yes.`,
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
		fmt.Fprintf(a.err, "Remove all your summaries in %s? [y/N] ", root)
		sure, err := a.confirm(cmd.Context())
		if err != nil {
			return err
		}
		if !sure {
			return errors.New("nothing was removed")
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
	_, err = fmt.Fprintf(a.out, "removed %s entries, %s packs and the indexes of %s workspaces, %s\n%s",
		formatCount(removed.Entries), formatCount(removed.Packs), formatCount(removed.Workspaces), formatBytes(removed.Bytes),
		describeLeft(removed.Left))
	return err
}

// confirm reads yes or no. The read is left behind when ctx ends first, which
// ends the program.
func (a *app) confirm(ctx context.Context) (bool, error) {
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.in).ReadString('\n') // an empty answer is a no
		answers <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case answer := <-answers:
		return answer == "y" || answer == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
