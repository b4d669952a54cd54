package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/symcache/symcache/cmd/symbench/internal/system"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// childCommand is the first argument of a run that does one thing with a tree. These run in
// processes of their own so that their start and memory count as the peers' do, and so that this
// process stays small (see system.Run).
const childCommand = "tree"

// runChild is "tree lstat DIR", "tree hash DIR", "tree sample DIR" or "tree make DIR N".
func runChild(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: symbench tree lstat|hash|sample|make DIR [N]")
	}
	what, dir := args[0], args[1]
	var result any
	var err error
	switch what {
	case "lstat":
		result, err = tree.Lstat(ctx, dir, runtime.GOMAXPROCS(0))
	case "hash":
		result, err = tree.Hash(ctx, dir, runtime.GOMAXPROCS(0))
	case "sample":
		result, err = tree.Draw(ctx, dir)
	case "make":
		if len(args) != 3 {
			return errors.New("usage: symbench tree make DIR N")
		}
		var n int
		if n, err = strconv.Atoi(args[2]); err == nil {
			err = tree.Synthetic(ctx, dir, n, runtime.GOMAXPROCS(0))
		}
		if err == nil {
			result, err = tree.Lstat(ctx, dir, runtime.GOMAXPROCS(0))
		}
	default:
		err = fmt.Errorf("tree: no command %q", what)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// child runs this program on a tree and decodes what it prints.
func child(ctx context.Context, result any, args ...string) (system.Usage, error) {
	self, err := selfPath()
	if err != nil {
		return system.Usage{}, err
	}
	usage, out, err := system.Run(system.Command(ctx, "", nil, self, append([]string{childCommand}, args...)...))
	if err != nil {
		return usage, err
	}
	return usage, decode(out, result)
}

// withSynthetic makes a workspace of n files, calls use with it, and removes it.
func (b *bench) withSynthetic(ctx context.Context, n int, use func(namedTree) error) error {
	dir := filepath.Join(b.temp, fmt.Sprintf("synthetic-%d", n))
	b.logf("making a workspace of %d files", n)
	var made tree.Totals
	if _, err := child(ctx, &made, "make", dir, strconv.Itoa(n)); err != nil {
		return err
	}
	if made.Files != int64(n) {
		return fmt.Errorf("made %d files of %d", made.Files, n)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	return errors.Join(use(namedTree{name: filepath.Base(dir), dir: dir}), os.RemoveAll(dir))
}
