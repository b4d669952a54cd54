package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

func (a *app) verify() *cobra.Command {
	var repair bool
	var recompute string
	var flags walkFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check everything in the cache",
		Long: `Verify reads your part of the cache. It checks every checksum, and that each file is in its place.
No answer ever comes from damage that it names: the sources are parsed again. It also names summaries
that the index of a source tree has and the cache does not have. It changes nothing.

With --repair it removes damage, and indexes that name lost summaries: the next 'symcache warm' fills
the cache again. It leaves alone what another version of symcache wrote, and files that the system
cannot read.

With --recompute it also parses the sources below a directory again and compares the result with the
stored summaries, in base caches too. With --repair a summary that differs is removed from
your part of the cache; a base cache is never changed. A server that runs may go on with what it
has read before: restart it.

Exit codes: 0 all is well, also after a repair, 1 something is damaged, lost or cannot be read, 2 wrong usage.`,
		Example: `  symcache verify
  symcache verify --repair
  symcache verify --recompute ~/src/kubernetes
  symcache verify --json | jq .findings`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd, repair, recompute, &flags) },
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "remove what is damaged, and indexes that name what is lost")
	cmd.Flags().StringVar(&recompute, "recompute", "", "parse the sources below `DIR` and compare")
	flags.add(cmd.Flags())
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
	Dangling   int           `json:"dangling"` // summaries that indexes name and that are not stored
	Dropped    int           `json:"dropped"`  // indexes that were removed because of these
	Damaged    int           `json:"damaged"`
	Repaired   int           `json:"repaired"`
	Unreadable int           `json:"unreadable"` // files that the system could not read
	Findings   []findingJSON `json:"findings"`
	Lost       []lostJSON    `json:"lost"` // the dangling ones; the first 1,000

	// With --recompute only.
	Recomputed int `json:"recomputed,omitzero"` // sources parsed again
	Absent     int `json:"absent,omitzero"`     // of those, not in the cache
	Different  int `json:"different,omitzero"`  // of those, with a summary that differs from what parsing gives
}

type findingJSON struct {
	Path       string `json:"path"`
	Key        string `json:"key,omitempty"`
	Problem    string `json:"problem"`
	Repaired   bool   `json:"repaired"`
	Unreadable bool   `json:"unreadable,omitzero"`
}

type lostJSON struct {
	Index string `json:"index"`
	Key   string `json:"key"`
}

func (a *app) runVerify(cmd *cobra.Command, repair bool, recompute string, flags *walkFlags) error {
	root, err := a.root()
	if err != nil {
		return err
	}
	opts, err := a.storeOptions(a.logger())
	if err != nil {
		return err
	}
	r, err := cachestore.VerifyAt(cmd.Context(), root, opts, cachestore.VerifyOptions{Repair: repair, Index: bindings.CheckIndex})
	if err != nil {
		return fmt.Errorf("verify the cache: %w", err)
	}
	var again scan.Recomputed
	if recompute != "" {
		if again, err = a.recompute(cmd.Context(), recompute, repair, flags); err != nil {
			return fmt.Errorf("recompute %s: %w", recompute, err)
		}
	}
	if a.json {
		err = a.printJSON(newVerifyJSON(r, again, repair))
	} else {
		err = a.printFindings(r, again, repair)
	}
	if err == nil {
		err = differenceVerdict(again.Different, repair)
	}
	if err == nil {
		err = a.verdict(r, repair)
	}
	return err
}

// differenceVerdict is the exit code of summaries that still differ, with what to do about them.
func differenceVerdict(different []scan.Different, repair bool) error {
	own, inBases := 0, 0
	for _, d := range different {
		if d.Own {
			own++
		}
		if len(d.Bases) > 0 {
			inBases++
		}
	}
	switch {
	case own > 0 && !repair:
		return &exitError{code: exitFailed, cause: fmt.Errorf(
			"%s summaries differ from what parsing gives: remove them with --repair", formatCount(own))}
	case inBases > 0:
		return &exitError{code: exitFailed, cause: fmt.Errorf(
			"%s summaries in base caches differ from what parsing gives: make these base caches again, or take them out of SYMCACHE_BASE",
			formatCount(inBases))}
	}
	return nil
}

// verdict is the exit code of what is still wrong, with what to do about it.
func (a *app) verdict(r cachestore.VerifyReport, repair bool) error {
	lost := r.Dangling > 0 && !repair
	if r.Damaged == r.Repaired && !lost && r.Unreadable == 0 {
		return nil
	}
	verdict := &exitError{code: exitFailed}
	switch {
	case a.json:
	case r.Unreadable > 0:
		verdict.cause = fmt.Errorf("%s files cannot be read: look at the disk, and at owners and modes", formatCount(r.Unreadable))
	case !repair:
		verdict.cause = errors.New("run 'symcache verify --repair' to remove what is damaged, then 'symcache warm' to fill the cache again")
	}
	return verdict
}

// recompute compares the cache with the sources below a directory. With repair it removes
// the summaries that differ.
func (a *app) recompute(ctx context.Context, dir string, repair bool, flags *walkFlags) (scan.Recomputed, error) {
	log := a.logger()
	store, err := a.store(log)
	if err != nil {
		return scan.Recomputed{}, err
	}
	defer store.Close()
	engine, err := a.engine(flags, store, log)
	if err != nil {
		return scan.Recomputed{}, err
	}
	config := flags.config()
	config.IndexHome = true // the directory was named
	ws, err := workspace.New(engine, config, []string{dir})
	if err != nil {
		return scan.Recomputed{}, err
	}
	defer ws.Close()
	r, err := ws.Recompute(ctx, ws.Roots()[0])
	if repair && err == nil {
		err = scan.RemoveDifferent(ctx, store, r.Different)
	}
	return r, err
}

func newVerifyJSON(r cachestore.VerifyReport, again scan.Recomputed, repaired bool) verifyJSON {
	out := verifyJSON{
		Entries: r.Entries, Packs: r.Packs, Records: r.Records, Workspaces: r.Workspaces, Bytes: r.Bytes,
		Foreign: r.Foreign, Dangling: r.Dangling, Dropped: r.Dropped, Damaged: r.Damaged, Repaired: r.Repaired,
		Unreadable: r.Unreadable, Findings: []findingJSON{}, Lost: []lostJSON{},
	}
	for _, l := range r.Lost {
		out.Lost = append(out.Lost, lostJSON(l))
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, findingJSON(f))
	}
	for _, d := range again.Different {
		if d.Own {
			out.Findings = append(out.Findings, findingJSON{
				Path: d.Path, Key: d.Key.String(), Problem: "its summary differs from what parsing gives", Repaired: repaired,
			})
		}
		for _, dir := range d.Bases {
			out.Findings = append(out.Findings, findingJSON{Path: d.Path, Key: d.Key.String(), Problem: differsInBase(dir)})
		}
	}
	out.Recomputed, out.Absent, out.Different = again.Files, again.Absent, len(again.Different)
	return out
}

// differsInBase says what is wrong with a summary in a base cache.
func differsInBase(dir string) string {
	return "its summary in the base cache " + dir + " differs from what parsing gives"
}

func (a *app) printDifferent(different []scan.Different, repaired bool) error {
	note := ""
	if repaired {
		note = " (removed)"
	}
	for _, d := range different {
		if d.Own {
			if _, err := fmt.Fprintf(a.out, "%s: its summary differs from what parsing gives%s\n", printable(d.Path), note); err != nil {
				return err
			}
		}
		for _, dir := range d.Bases {
			if _, err := fmt.Fprintf(a.out, "%s: %s\n", printable(d.Path), differsInBase(printable(dir))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) printFindings(r cachestore.VerifyReport, again scan.Recomputed, repaired bool) error {
	if err := a.printDifferent(again.Different, repaired); err != nil {
		return err
	}
	for _, f := range r.Findings {
		note := ""
		switch {
		case f.Repaired:
			note = " (removed)"
		case f.Unreadable:
			note = " (cannot be read)"
		}
		if _, err := fmt.Fprintf(a.out, "%s: %s%s\n", f.Path, f.Problem, note); err != nil {
			return err
		}
	}
	if more := r.Damaged + r.Unreadable - len(r.Findings); more > 0 {
		if _, err := fmt.Fprintf(a.out, "... and %s more\n", formatCount(more)); err != nil {
			return err
		}
	}
	if err := a.printLost(r); err != nil {
		return err
	}
	all := summaries(r.Entries+r.Records, r.Workspaces, r.Bytes)
	text := "all is well: " + all
	if r.Damaged+r.Unreadable+r.Dangling > 0 {
		text = fmt.Sprintf("%s: %s damaged, %s removed", all, count(r.Damaged, "file"), formatCount(r.Repaired))
	}
	_, err := fmt.Fprintln(a.out, text)
	if err == nil && again.Files > 0 {
		_, err = fmt.Fprintf(a.out, "%s parsed again: %s differ, %s are not stored\n",
			count(again.Files, "file"), formatCount(len(again.Different)), formatCount(again.Absent))
	}
	if err == nil && r.Foreign > 0 {
		_, err = fmt.Fprintf(a.out, "left alone: %s of other versions of symcache\n", count(r.Foreign, "file"))
	}
	return err
}

// shownLost is how many lost summaries verify prints; --json has the first 1,000.
const shownLost = 10

func (a *app) printLost(r cachestore.VerifyReport) error {
	for i, l := range r.Lost {
		if i == shownLost {
			break
		}
		if _, err := fmt.Fprintf(a.out, "%s: names %s, which is not stored\n", l.Index, l.Key); err != nil {
			return err
		}
	}
	if r.Dangling == 0 {
		return nil
	}
	dropped := ""
	if r.Dropped > 0 {
		dropped = fmt.Sprintf("; removed %s that names them", count(r.Dropped, "index"))
	}
	_, err := fmt.Fprintf(a.out, "not stored, though an index names it: %s%s\n", count(r.Dangling, "summary"), dropped)
	return err
}
