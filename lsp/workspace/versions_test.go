package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// versionEnv makes the test binary another version of the program, which scans a tree.
const versionEnv = "WORKSPACE_TEST_VERSION"

// versionTask says what the other version is to do.
type versionTask struct {
	Cache, Dir string
	// Query is a language whose query is another one there.
	Query string
	// Language has TSX be a language of its own there, of files *.zz, which this
	// version does not know.
	Language bool
}

// versionResult is what it found.
type versionResult struct {
	Complete  bool // before the scan
	Confirmed []string
	Report    scan.Report
	Found     []string // after the scan
}

func beOtherVersion(encoded []byte) error {
	var task versionTask
	if err := json.Unmarshal(encoded, &task); err != nil {
		return err
	}
	for _, lang := range symbols.Languages() {
		if lang.ID == task.Query {
			lang.Query += "\n; another version"
		}
		if task.Language && lang.ID == "tsx" {
			*lang = language.Language{
				ID: "zz", Extensions: []string{".zz"}, Query: lang.Query, Options: lang.Options,
				Grammar: lang.Grammar, GrammarModule: lang.GrammarModule,
			}
		}
	}
	store, err := cachestore.Open(task.Cache, cachestore.Options{})
	if err != nil {
		return err
	}
	result, err := scanAsVersion(store, task.Dir)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// scanAsVersion scans a tree as the version of the program that this process is.
func scanAsVersion(store *cachestore.Store, dir string) (result versionResult, err error) {
	e := contents.NewEngine(contents.Config{Store: store, Now: later})
	w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		return result, err
	}
	defer w.Close()
	result.Complete = w.Complete()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return result, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		stat, _, err := door.StatPath(path)
		if err != nil {
			return result, err
		}
		if _, ok := w.tree(path).Confirm(path, index.Stat(stat)); ok {
			result.Confirmed = append(result.Confirmed, e.Name())
		}
	}
	if result.Report, err = w.Scan(context.Background(), nil); err != nil {
		return result, err
	}
	matches, err := w.Search(context.Background(), index.Query{Limit: 1000})
	for _, m := range matches {
		result.Found = append(result.Found, filepath.Base(m.Path)+" "+m.Name)
	}
	slices.Sort(result.Found)
	return result, err
}

func runOtherVersion(t *testing.T, task versionTask) (result versionResult) {
	t.Helper()
	encoded, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), versionEnv+"="+string(encoded))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("the other version: %v, %s", err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		t.Fatalf("the other version says %q: %v", stdout.String(), err)
	}
	return result
}

func runThisVersion(t *testing.T, cache, dir string) versionResult {
	t.Helper()
	store := openStore(t, cache, cachestore.Options{})
	defer store.Close()
	result, err := scanAsVersion(store, dir)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// checkVersion compares what a version did with what it should have done: how many
// files it parsed, and which ones it did not even read.
func checkVersion(t *testing.T, who string, got versionResult, parsed int, confirmed, found string) {
	t.Helper()
	if got.Report.Parsed != parsed || got.Report.Failed > 0 {
		t.Errorf("%s: %+v, want %d parsed", who, got.Report, parsed)
	}
	if diff := cmp.Diff(strings.Fields(confirmed), got.Confirmed, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: what it did not read (-want +got):\n%s", who, diff)
	}
	if diff := cmp.Diff(strings.Split(found, ", "), got.Found); diff != "" {
		t.Errorf("%s: what it finds (-want +got):\n%s", who, diff)
	}
}

// wantOneIndex fails unless a cache has one index file, as the versions share it.
func wantOneIndex(t *testing.T, cache string) {
	t.Helper()
	if files := indexFiles(t, cache); len(files) != 1 {
		t.Errorf("indexes %q, want one", files)
	}
}

// T7: a changed query of one language makes that language cold, and no other: its files are read and parsed, those of
// the others are not even read. No second index file is made. The version before then finds its summaries in the store,
// and parses nothing.
func TestChangedQueryMakesOneLanguageCold(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{
		"a.go": goFile("A"), "b.go": goFile("B"), "c.py": "def c(): pass\n", "d.py": "def d(): pass\n", "e.c": "int e(void) { return 0; }\n",
	})
	const found = "a.go A, b.go B, c.py c, d.py d, e.c e"
	checkVersion(t, "first", runThisVersion(t, cache, dir), 5, "", found)
	checkVersion(t, "the same again", runThisVersion(t, cache, dir), 0, "a.go b.go c.py d.py e.c", found)
	other := versionTask{Cache: cache, Dir: dir, Query: "python"}
	newer := runOtherVersion(t, other)
	checkVersion(t, "another query", newer, 2, "a.go b.go e.c", found)
	if newer.Complete {
		t.Error("another query: the index counts as complete, though a language is missing")
	}
	checkVersion(t, "another query again", runOtherVersion(t, other), 0, "a.go b.go c.py d.py e.c", found)
	checkVersion(t, "back", runThisVersion(t, cache, dir), 0, "a.go b.go e.c", found)
	checkVersion(t, "back again", runThisVersion(t, cache, dir), 0, "a.go b.go c.py d.py e.c", found)
	wantOneIndex(t, cache)
}

// Files of a language with another revision are not found until they are looked at again. All others are.
func TestOtherRevisionIsMasked(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "c.py": "def c(): pass\n"})
	runOtherVersion(t, versionTask{Cache: cache, Dir: dir, Query: "python"})
	w := newWorkspace(t, cache, dir)
	if diff := cmp.Diff([]string{"a.go A"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("before the scan (-want +got):\n%s", diff)
	}
	if got, want := w.Stats(), (bindings.Totals{Files: 1, Symbols: 1}); got != want {
		t.Errorf("before the scan: %+v, want %+v", got, want)
	}
	scanAll(t, w)
	if diff := cmp.Diff([]string{"a.go A", "c.py c"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("after the scan (-want +got):\n%s", diff)
	}
	if got, want := w.Stats(), (bindings.Totals{Files: 2, Symbols: 2}); got != want {
		t.Errorf("after the scan: %+v, want %+v", got, want)
	}
}

// A file of another revision that is gone leaves no ghost in the index file.
func TestOtherRevisionIsRemoved(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "c.py": "def c(): pass\n", "d.py": "def d(): pass\n"})
	runOtherVersion(t, versionTask{Cache: cache, Dir: dir, Query: "python"})
	remove(t, filepath.Join(dir, "c.py"))
	runThisVersion(t, cache, dir)
	checkVersion(t, "the other version", runOtherVersion(t, versionTask{Cache: cache, Dir: dir, Query: "python"}), 0, "a.go", "a.go A, d.py d")
	w := newWorkspace(t, cache, dir)
	var left []string
	for path, b := range w.now().Trees()[0].Files(dir) {
		if b.Language.ID == "python" {
			left = append(left, filepath.Base(path))
		}
	}
	if diff := cmp.Diff([]string{"d.py"}, left); diff != "" {
		t.Errorf("files of Python in the index (-want +got):\n%s", diff)
	}
}

// Files of a language that only the newer of two versions knows stay in the index file that both use. The older version
// does not find them and leaves them alone.
func TestUnknownLanguageIsKept(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.zz": "function b() {}\n", "c.py": "def c(): pass\n"})
	newer := versionTask{Cache: cache, Dir: dir, Language: true, Query: "go"}
	checkVersion(t, "newer", runOtherVersion(t, newer), 3, "", "a.go A, b.zz b, c.py c")
	checkVersion(t, "older", runThisVersion(t, cache, dir), 1, "c.py", "a.go A, c.py c")
	checkVersion(t, "newer again", runOtherVersion(t, newer), 0, "b.zz c.py", "a.go A, b.zz b, c.py c")
	checkVersion(t, "older again", runThisVersion(t, cache, dir), 0, "c.py", "a.go A, c.py c")
	remove(t, filepath.Join(dir, "b.zz"))
	checkVersion(t, "newer, a file gone", runOtherVersion(t, newer), 0, "c.py", "a.go A, c.py c")
	wantOneIndex(t, cache)
}

// A file of unknown language is read again by a version with other rules.
func TestOtherDetectionReadsUnknownFiles(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"script": "#!/bin/nothing\n", "a.go": goFile("A")})
	runThisVersion(t, cache, dir)
	checkVersion(t, "the same rules", runThisVersion(t, cache, dir), 0, "a.go script", "a.go A")
	checkVersion(t, "other rules", runOtherVersion(t, versionTask{Cache: cache, Dir: dir, Language: true}), 0, "a.go", "a.go A")
}

// Two versions that run at the same time on one tree do not take each other's index files. Otherwise each would look at a
// language again whenever the other one has.
func TestOtherVersionIsPassedOver(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "c.py": "def c(): pass\n"})
	w := newWorkspace(t, cache, dir)
	scanAll(t, w)
	tree := w.now().Trees()[0]
	for what, task := range map[string]versionTask{
		"query": {Cache: cache, Dir: dir, Query: "python"}, "language": {Cache: cache, Dir: dir, Language: true, Query: "c"},
	} {
		runOtherVersion(t, task)
		if !tree.HasNewer() {
			t.Fatalf("%s: the other version has written no index", what)
		}
		before := tree.Layers()
		if !w.takeNewer() {
			t.Errorf("%s: the files are not looked at, though another process knows more", what)
		}
		if after := tree.Layers(); !slices.Equal(after, before) || !w.Complete() || tree.HasNewer() {
			t.Errorf("%s: taken: %v; complete %v, has newer %v", what, !slices.Equal(after, before), w.Complete(), tree.HasNewer())
		}
	}
}
