package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

func (a *app) status() *cobra.Command {
	var flags walkFlags
	cmd := &cobra.Command{
		Use:   "status [PATH...]",
		Short: "Say whether files are served, and by which index, or why not",
		Long: `Status says of each file or directory (default: the working directory) whether its symbols are known, and
by which index; or why it is not served: by which line of which ignore file it is left out, that it is
too large, binary, of no known language, or a link that leads out of the tree. It looks at no other
files, and changes nothing.

The index is that of the nearest directory around the path that has one, made with the same --exclude,
--include, --no-ignore and --max-file-size. Without one the path counts as part of its repository.

The states of --json are served; changed: as another content, which the next scan replaces; unknown: no
scan has come to it yet; left-out: no scan comes to it; no-source; missing.

Exit codes: 0 all are served, or will be, 1 some are not, 2 wrong usage.`,
		Example: `  symcache status
  symcache status src/main.go build/gen.go
  git ls-files -z '*.py' | xargs -0 symcache status | grep 'not served'
  symcache status --exclude '*.pb.go' api.pb.go`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.home = true
			return a.runStatus(cmd.Context(), args, &flags)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault // files and directories
		},
	}
	flags.add(cmd.Flags())
	a.addJSON(cmd)
	return cmd
}

// The states of a path.
const (
	stateServed   = "served"
	stateChanged  = "changed"
	stateUnknown  = "unknown"
	stateLeftOut  = "left-out"
	stateNoSource = "no-source"
	stateMissing  = "missing"
)

// pathStatus is the contract of status --json: an array of these.
type pathStatus struct {
	Path     string `json:"path"` // as it was named
	State    string `json:"state"`
	Root     string `json:"root,omitempty"`     // whose index knows it, or will
	Target   string `json:"target,omitempty"`   // to which a link leads
	Language string `json:"language,omitempty"` // of a file
	Files    int    `json:"files,omitempty"`    // that are known below a directory
	Symbols  int    `json:"symbols,omitempty"`  // that are known in it
	Why      string `json:"why,omitempty"`      // it is not served
	Pattern  string `json:"pattern,omitempty"`  // by which it is left out
	File     string `json:"file,omitempty"`     // in which the pattern stands
	Line     int    `json:"line,omitempty"`     // there
}

// looker finds out how it stands with paths.
type looker struct {
	engine *contents.Engine
	config workspace.Config
	trees  map[string]*workspace.Workspace // by root, each with that one
	order  []string                        // of the roots
}

func (a *app) runStatus(ctx context.Context, names []string, flags *walkFlags) error {
	style, err := a.style()
	if err != nil {
		return err
	}
	log := a.logger()
	root, err := a.root()
	if err != nil {
		return err
	}
	opts, err := a.storeOptions(log)
	if err != nil {
		return err
	}
	store, err := cachestore.OpenExisting(root, opts)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		store = nil
	case err != nil:
		return fmt.Errorf("open the cache: %w", withRemedy(err))
	default:
		defer store.Close()
	}
	engine, err := a.engine(flags, store, log)
	if err != nil {
		return err
	}
	l := &looker{engine: engine, config: flags.config(), trees: make(map[string]*workspace.Workspace)}
	l.config.ReadOnly = true
	defer l.close()
	if len(names) == 0 {
		names = []string{"."}
	}
	list := []pathStatus{}
	var served error
	for _, name := range names {
		s := l.of(ctx, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.Why != "" {
			served = &exitError{code: exitFailed}
		}
		list = append(list, s)
	}
	if a.json {
		return errors.Join(a.printJSON(list), served)
	}
	for _, s := range list {
		if _, err := fmt.Fprintf(a.out, "%s: %s\n", style.text(s.Path), style.text(s.words())); err != nil {
			return err
		}
	}
	for _, dir := range l.order {
		if len(l.trees[dir].BadRoots()) > 0 {
			continue // which was said of the path
		}
		if _, err := fmt.Fprintln(a.out, style.text(l.index(dir, root))); err != nil {
			return err
		}
	}
	return served
}

// words says how it stands with a path.
func (s *pathStatus) words() string {
	to := ""
	if s.Target != "" {
		to = "a link to " + shortPath(s.Target) + ", "
	}
	switch s.State {
	case stateServed:
		if s.Files > 0 {
			return fmt.Sprintf("%s%s and %s are known", to, count(s.Files, "file"), count(s.Symbols, "symbol"))
		}
		return fmt.Sprintf("%sserved, %s (%s)", to, count(s.Symbols, "symbol"), s.Language)
	case stateChanged:
		return fmt.Sprintf("%schanged since it was read; it is read again when it is asked for (%s)", to, s.Language)
	case stateUnknown:
		return to + "nothing is known of it yet"
	case stateLeftOut:
		return to + "not looked at, " + leftOutBy(scan.LeftOut{Why: s.Why, Pattern: s.Pattern, File: s.File, Line: s.Line})
	case stateNoSource:
		return to + "not served, " + s.Why
	}
	return s.Why
}

// index says what is known of a root.
func (l *looker) index(root, cache string) string {
	tree := l.trees[root]
	known := tree.Stats()
	if known.Files == 0 && !tree.Complete() {
		return fmt.Sprintf("no index of %s yet; 'symcache warm' makes one there", shortPath(root))
	}
	all := "all files have been looked at"
	if !tree.Complete() {
		all = "not all files have been looked at"
	}
	return fmt.Sprintf("index of %s: %s and %s, %s; in %s", shortPath(root), count(known.Files, "file"), count(known.Symbols, "symbol"), all, shortPath(cache))
}

func (l *looker) close() {
	for _, tree := range l.trees {
		tree.Close()
	}
}

// tree returns the workspace to whose root a canonical path belongs, see status.
func (l *looker) tree(path string, isDir bool) (tree *workspace.Workspace, root string) {
	dir := path
	if !isDir {
		dir = filepath.Dir(path)
	}
	root, ok := workspace.Indexed(l.engine, l.config, dir)
	if !ok {
		if root, ok = repositoryAbove(dir); !ok {
			root = dir
		}
	}
	if l.trees[root] == nil {
		l.trees[root], _ = workspace.New(l.engine, l.config, []string{root}) // ignore error: BadRoots has it
		l.order = append(l.order, root)
	}
	return l.trees[root], root
}

// of says how it stands with a path.
func (l *looker) of(ctx context.Context, name string) pathStatus {
	missing := func(err error) pathStatus {
		var of *fs.PathError
		if errors.As(err, &of) {
			err = of.Err
		}
		return pathStatus{Path: name, State: stateMissing, Why: err.Error()}
	}
	info, err := os.Lstat(name)
	if err != nil {
		return missing(err)
	}
	path, err := canonicalFile(name)
	if err != nil {
		return missing(err)
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		target = path
		above, err := canonicalFile(filepath.Dir(name))
		if err != nil {
			return missing(err)
		}
		if _, root := l.tree(above, true); !paths.Within(root, target) && !l.config.FollowLinks {
			return pathStatus{
				Path: name, State: stateLeftOut, Root: root, Target: target,
				Why: "since it leads out of " + shortPath(root) + " (--follow-links, followLinks)",
			}
		}
		if info, err = os.Stat(name); err != nil {
			return missing(err)
		}
	}
	s := l.at(ctx, path, info.IsDir())
	s.Path, s.Target = name, target
	return s
}

// at is of for a canonical path.
func (l *looker) at(ctx context.Context, path string, isDir bool) pathStatus {
	tree, root := l.tree(path, isDir)
	s := pathStatus{Root: root}
	if bad := tree.BadRoots(); len(bad) > 0 {
		s.State, s.Why = stateLeftOut, bad[0].Error
		return s
	}
	if out, ok := tree.LeftOut(ctx, path, isDir); ok {
		s.State, s.Why, s.Pattern, s.File, s.Line = stateLeftOut, out.Why, out.Pattern, out.File, out.Line
		return s
	}
	if isDir {
		known := tree.StatsBelow(path)
		if s.State = stateUnknown; known.Files > 0 {
			s.State, s.Files, s.Symbols = stateServed, known.Files, known.Symbols
		}
		return s
	}
	file, err := l.engine.NewScanReader().Read(ctx, filepath.Dir(path), path)
	if err != nil {
		var skip *contents.SkipError
		s.State, s.Why = stateNoSource, reasonOf(path, l.engine.MaxFileSize(), err).Error()
		if errors.As(err, &skip) && s.Why == err.Error() {
			s.Why = skip.Reason
		}
		return s
	}
	s.Language = file.Language.ID
	switch known, ok := tree.Known(path); {
	case !ok:
		s.State = stateUnknown
	case known.Hash != file.Binding.Hash || known.Language != file.Binding.Language:
		s.State = stateChanged
	default:
		s.State, s.Symbols = stateServed, known.Symbols
	}
	return s
}
