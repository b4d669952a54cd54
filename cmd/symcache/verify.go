package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace"
)

func (a *app) verify() *cobra.Command {
	var repair bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check everything in the cache",
		Long: `Verify reads your part of the cache and checks every checksum, and that all is where it belongs.
Damage that it names was never believed by anybody: it only costs parsing again. With --repair
it is removed, and nothing else is; what another version of symcache wrote is left alone.

Exit codes: 0 nothing is damaged any more, 1 something is, 2 wrong usage.`,
		Example: `  symcache verify
  symcache verify --repair
  symcache verify --json | jq .findings`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd, repair) },
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "remove what is damaged")
	a.addJSON(cmd)
	return cmd
}

// verifyJSON is the contract of verify --json.
type verifyJSON struct {
	Entries    int           `json:"entries"`
	Packs      int           `json:"packs"`
	Records    int           `json:"records"`
	Workspaces int           `json:"workspaces"`
	Bytes      int64         `json:"bytes"`
	Foreign    int           `json:"foreign"`
	Dangling   int           `json:"dangling"`
	Damaged    int           `json:"damaged"`
	Repaired   int           `json:"repaired"`
	Findings   []findingJSON `json:"findings"`
}

type findingJSON struct {
	Path     string `json:"path"`
	Key      string `json:"key,omitempty"`
	Problem  string `json:"problem"`
	Repaired bool   `json:"repaired"`
}

func (a *app) runVerify(cmd *cobra.Command, repair bool) error {
	root, err := a.root()
	if err != nil {
		return err
	}
	opts, err := a.storeOptions(a.logger())
	if err != nil {
		return err
	}
	r, err := cachestore.VerifyAt(cmd.Context(), root, opts, cachestore.VerifyOptions{Repair: repair, Names: workspace.IndexKeys})
	if err != nil {
		return fmt.Errorf("verify the cache: %w", err)
	}
	if a.json {
		err = a.printJSON(newVerifyJSON(r))
	} else {
		err = a.printFindings(r)
	}
	if err == nil && r.Damaged > r.Repaired {
		err = &exitError{code: exitFailed}
		if !repair && !a.json {
			err = &exitError{code: exitFailed, cause: errors.New("run 'symcache verify --repair' to remove what is damaged")}
		}
	}
	return err
}

func newVerifyJSON(r cachestore.VerifyReport) verifyJSON {
	out := verifyJSON{
		Entries: r.Entries, Packs: r.Packs, Records: r.Records, Workspaces: r.Workspaces, Bytes: r.Bytes,
		Foreign: r.Foreign, Dangling: r.Dangling, Damaged: r.Damaged, Repaired: r.Repaired, Findings: []findingJSON{},
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, findingJSON(f))
	}
	return out
}

func (a *app) printFindings(r cachestore.VerifyReport) error {
	for _, f := range r.Findings {
		note := ""
		if f.Repaired {
			note = " (removed)"
		}
		if _, err := fmt.Fprintf(a.out, "%s: %s%s\n", f.Path, f.Problem, note); err != nil {
			return err
		}
	}
	if more := r.Damaged - len(r.Findings); more > 0 {
		if _, err := fmt.Fprintf(a.out, "... and %s more\n", formatCount(more)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.out, "%s entries, %s packs with %s records, %s workspaces, %s: %s damaged, %s removed\n",
		formatCount(r.Entries), formatCount(r.Packs), formatCount(r.Records), formatCount(r.Workspaces),
		formatBytes(r.Bytes), formatCount(r.Damaged), formatCount(r.Repaired))
	if err == nil && r.Foreign > 0 {
		_, err = fmt.Fprintf(a.out, "%s files of other versions of symcache were left alone\n", formatCount(r.Foreign))
	}
	return err
}
