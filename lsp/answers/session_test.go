package answers

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

const (
	serverGo = `package a

import (
	"context"
	"io"
)

// Server answers one client.
type Server struct{}

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context) {
	s.log()
}

func (s *Server) log() {}
`
	useGo = "package a\n\nvar server Server\n\nfunc use() { server.Serve(nil) }\n"
)

// client is a session on a tree of files, without a connection.
type client struct {
	*Session
	t   *testing.T
	dir string
}

// begin returns a session whose folders are open and whose first scan has ended. It ends with
// the test.
func begin(t *testing.T, files map[string]string) *client {
	t.Helper()
	c := prepare(t, files, Options{})
	c.run()
	select {
	case <-c.Idle():
	case <-time.After(patience):
		t.Fatal("the first scan does not end")
	}
	return c
}

// prepare returns a session that looks at nothing yet.
func prepare(t *testing.T, files map[string]string, options Options) *client {
	dir := tree(t, files)
	options.Folders = []string{dir}
	options.Workspace.AnswerBudget = patience
	if options.Waits == (Waits{}) {
		options.Waits = Waits{Empty: patience, Folder: patience, Settle: patience, Tree: patience}
	}
	c := &client{Session: New(options), t: t, dir: dir}
	t.Cleanup(c.Close)
	return c
}

// run opens the folders and runs what is in the background.
func (c *client) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	c.OpenFolders(ctx)
	running.Go(func() { c.Run(ctx) })
	c.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

func (c *client) uri(name string) string { return fileURI(filepath.Join(c.dir, name)) }

func (c *client) open(name, text string) {
	c.t.Helper()
	if err := c.OpenDocument(c.uri(name), "", []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// must returns the result of an answer that has one.
func must[R any](t *testing.T) func(R, error) R {
	return func(result R, err error) R {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

func at(line, character uint32) protocol.Position {
	return protocol.Position{Line: line, Character: character}
}

func span(line, from, to uint32) protocol.Range {
	return protocol.Range{Start: at(line, from), End: at(line, to)}
}

func namesOf(summary *symbols.Summary) (names []string) {
	for i := range summary.Symbols {
		names = append(names, summary.Symbols[i].Name)
	}
	return names
}

func TestDocumentSymbolsOfFileAndBuffer(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo, "notes.txt": "no source"})
	want := []string{"Server", "Serve", "log"}
	file := must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri("a.go"))).Summary
	if diff := cmp.Diff(want, namesOf(file)); diff != "" {
		t.Errorf("of the file (-want +got):\n%s", diff)
	}
	before := c.Snapshot()
	c.open("a.go", "package a\nfunc typed() {}\n")
	open := must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri("a.go"))).Summary
	if diff := cmp.Diff([]string{"typed"}, namesOf(open)); diff != "" {
		t.Errorf("of the open document (-want +got):\n%s", diff)
	}
	file = must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), before, c.uri("a.go"))).Summary
	if diff := cmp.Diff(want, namesOf(file)); diff != "" {
		t.Errorf("of the snapshot before (-want +got):\n%s", diff)
	}
	for _, name := range []string{"notes.txt", "gone.go"} {
		if summary, err := c.DocumentSymbols(t.Context(), c.Snapshot(), c.uri(name)); summary != nil || err != nil {
			t.Errorf("%s: %v, %v", name, summary, err)
		}
	}
	if _, err := c.DocumentSymbols(t.Context(), c.Snapshot(), ""); !errors.Is(err, ErrNoURI) {
		t.Errorf("without a URI: %v", err)
	}
	if _, err := c.DocumentSymbols(t.Context(), c.Snapshot(), "untitled:1"); err == nil {
		t.Error("of a document that is not open: no error")
	}
}

func TestWorkspaceSymbolsOfFilesAndBuffers(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo, "b.py": "class Server: pass\n"})
	find := func(query string, kinds ...symbols.Kind) (found []string) {
		t.Helper()
		var set index.KindSet
		set.Add(kinds...)
		for _, m := range must[[]index.Match](t)(c.WorkspaceSymbols(t.Context(), c.Snapshot(), query, set)) {
			found = append(found, m.Name+" "+strings.TrimPrefix(c.URI(m.Path), fileURI(c.dir)+"/"))
		}
		return found
	}
	if diff := cmp.Diff([]string{"Server a.go", "Server b.py"}, find("Server", symbols.Struct, symbols.Class)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Server b.py"}, find("Server", symbols.Class)); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	c.open("a.go", "package a\ntype ServerTyped struct{}\n")
	if diff := cmp.Diff([]string{"Server b.py", "ServerTyped a.go"}, find("Server")); diff != "" {
		t.Errorf("an open document masks its file (-want +got):\n%s", diff)
	}
	c.Configure(Settings{Languages: map[string]bool{"python": false}})
	if diff := cmp.Diff([]string{"ServerTyped a.go"}, find("Server")); diff != "" {
		t.Errorf("without Python (-want +got):\n%s", diff)
	}
	c.Configure(Settings{Limit: 1})
	if found := find("Server"); len(found) != 1 {
		t.Errorf("%q, want one", found)
	}
}

func TestDefinitionAndDeclarationByName(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo, "use.go": useGo})
	for name, ask := range map[string]func(context.Context, Snapshot, string, protocol.Position) (Definitions, error){
		"definition": c.Definition, "declaration": c.Declaration,
	} {
		want := Definitions{Name: span(4, 20, 25), Places: []Place{{
			URI: c.uri("a.go"), Range: protocol.Range{Start: at(11, 0), End: at(13, 1)}, Selection: span(11, 17, 22),
		}}}
		got := must[Definitions](t)(ask(t.Context(), c.Snapshot(), c.uri("use.go"), at(4, 22)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := must[Definitions](t)(ask(t.Context(), c.Snapshot(), c.uri("use.go"), at(1, 0))); len(got.Places) != 0 {
			t.Errorf("%s of a blank line: %+v", name, got)
		}
	}
}

func TestHoverDescribesTheNearest(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo, "use.go": useGo, "b/b.go": "package b\n\nfunc (c client) Serve() {}\n"})
	want := &Hover{
		Name: span(4, 20, 25), Language: "go", Signature: "func (s *Server) Serve(ctx context.Context)", Kind: symbols.Method,
		Container: "Server", Place: "a.go:12", Others: 1, Doc: "Serve answers until ctx ends.",
	}
	if diff := cmp.Diff(want, must[*Hover](t)(c.Hover(t.Context(), c.Snapshot(), c.uri("use.go"), at(4, 22)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h := must[*Hover](t)(c.Hover(t.Context(), c.Snapshot(), c.uri("a.go"), at(2, 2))); h != nil {
		t.Errorf("of a keyword: %+v", h)
	}
}

func TestDocumentHighlightsAreNames(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	c.open("a.go", "package a\n\nvar x int // x, not xx\n")
	want := []protocol.DocumentHighlight{
		{Range: span(2, 4, 5), Kind: protocol.DocumentHighlightKindWrite},
	}
	got := must[[]protocol.DocumentHighlight](t)(c.DocumentHighlights(t.Context(), c.Snapshot(), c.uri("a.go"), at(2, 4)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFoldingRangesOfFile(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo})
	want := []protocol.FoldingRange{
		{StartLine: 2, EndLine: 4, Kind: protocol.FoldingRangeKindImports}, {StartLine: 11, EndLine: 12},
	}
	got := must[[]protocol.FoldingRange](t)(c.FoldingRanges(t.Context(), c.Snapshot(), c.uri("a.go"), 10))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := must[[]protocol.FoldingRange](t)(c.FoldingRanges(t.Context(), c.Snapshot(), c.uri("a.go"), 1)); len(got) != 1 {
		t.Errorf("%d, want at most 1", len(got))
	}
}

func TestSelectionRangesGoOutwards(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo})
	got := must[[]protocol.SelectionRange](t)(
		c.SelectionRanges(t.Context(), c.Snapshot(), c.uri("a.go"), []protocol.Position{at(12, 4)}))
	var chain []protocol.Range
	for r := &got[0]; r != nil; r = r.Parent {
		chain = append(chain, r.Range)
	}
	want := []protocol.Range{
		span(12, 3, 6), span(12, 1, 8), {Start: at(11, 0), End: at(12, 8)}, {Start: at(11, 0), End: at(13, 1)}, {End: at(16, 0)},
	}
	if diff := cmp.Diff(want, chain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	many := make([]protocol.Position, MaxSelections+1)
	var invalid InvalidError
	if _, err := c.SelectionRanges(t.Context(), c.Snapshot(), c.uri("a.go"), many); !errors.As(err, &invalid) {
		t.Errorf("%d positions: %v", len(many), err)
	}
}

func TestRelocateFindsTheNearest(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": "package a\nfunc (A) f() {}\n\n\nfunc (B) f() {}\nfunc f() {}\n"})
	var methods index.KindSet
	methods.Add(symbols.Method)
	for line, want := range map[uint32]protocol.Range{0: span(1, 9, 10), 9: span(4, 9, 10)} {
		got, found, err := c.Relocate(t.Context(), c.Snapshot(), c.uri("a.go"), "f", methods, line)
		if err != nil || !found || got != want {
			t.Errorf("near line %d: %v, %v, %v", line, got, found, err)
		}
	}
	if _, found, err := c.Relocate(t.Context(), c.Snapshot(), c.uri("a.go"), "gone", methods, 0); found || err != nil {
		t.Errorf("a symbol that has gone: %v, %v", found, err)
	}
}

func TestStatusOfSession(t *testing.T) {
	t.Parallel()
	c := prepare(t, map[string]string{"a.go": serverGo}, Options{Version: "1.2.3"})
	if s := c.Status(); s.State != "scanning" || s.Version != "1.2.3" || s.Files != 0 || s.Scan.Report != nil {
		t.Errorf("before the scan: %+v", s)
	}
	c.run()
	<-c.Idle()
	c.open("a.go", serverGo)
	s := c.Status()
	if s.State != "ready" || s.Files != 1 || s.Symbols != 3 || s.Open != 1 || s.Cache != "" || len(s.Roots) != 1 || s.Roots[0] != c.dir {
		t.Errorf("after the scan: %+v", s)
	}
	if ready, report := c.Readiness(); !ready || report == nil || report.Files != 1 {
		t.Errorf("%v, %+v", ready, report)
	}
}

// An open document of a file that no scan comes to is served, and the status names the line that leaves it out.
func TestStatusNamesOpenDocumentsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo, ".gitignore": "# comment\nscratch/\n", "scratch/b.go": "package b\n\nfunc Tried() {}\n"})
	c.open("a.go", serverGo)
	if s := c.Status(); len(s.LeftOut) > 0 {
		t.Errorf("left out: %+v", s.LeftOut)
	}
	c.open("scratch/b.go", "package b\n\nfunc Tried() {}\n")
	ignored := scan.LeftOut{
		Why: "ignored", Pattern: "scratch/", File: filepath.Join(c.dir, ".gitignore"), Line: 2, Count: 1, Example: filepath.Join(c.dir, "scratch", "b.go"),
	}
	want := []LeftOutDocument{{URI: c.uri("scratch/b.go"), LeftOut: ignored}}
	if diff := cmp.Diff(want, c.Status().LeftOut); diff != "" {
		t.Error(diff)
	}
	if found, err := c.WorkspaceSymbols(t.Context(), c.Snapshot(), "Tried", 0); err != nil || len(found) != 1 {
		t.Errorf("found while it is open: %v, %v", found, err)
	}
}

// Cold is not empty: a search that comes before the folders are open has what is in them.
func TestEmptyAnswerWaitsForTheFirstScan(t *testing.T) {
	t.Parallel()
	scans := make(chan bool, 1)
	c := prepare(t, map[string]string{"a.go": serverGo, "use.go": useGo}, Options{Events: Events{
		ScanBegins: func(context.Context) (func(scan.Progress), func(scan.Report)) {
			return func(scan.Progress) {}, func(scan.Report) { scans <- true }
		},
	}})
	asked := make(chan int, 2)
	go func() {
		matches, _ := c.WorkspaceSymbols(context.Background(), c.Snapshot(), "Server", 0)
		asked <- len(matches)
	}()
	go func() {
		found, _ := c.Definition(context.Background(), c.Snapshot(), c.uri("use.go"), at(4, 22))
		asked <- len(found.Places)
	}()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.WorkspaceSymbols(canceled, c.Snapshot(), "Server", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	c.run()
	for range cap(asked) {
		select {
		case n := <-asked:
			if n == 0 {
				t.Error("an empty answer")
			}
		case <-time.After(patience):
			t.Fatal("no answer")
		}
	}
	<-scans
}

// An answer waits no longer than Waits.Empty, here for folders that nobody opens.
func TestEmptyAnswerWaitsNotForEver(t *testing.T) {
	t.Parallel()
	c := prepare(t, map[string]string{"a.go": serverGo}, Options{
		Waits: Waits{Empty: 50 * time.Millisecond, Folder: patience, Settle: patience, Tree: patience},
	})
	matches := must[[]index.Match](t)(c.WorkspaceSymbols(t.Context(), c.Snapshot(), "Server", 0))
	if len(matches) != 0 {
		t.Errorf("%+v", matches)
	}
}

// Answers from the text of an open document look at no disk: the look-up of its canonical path
// may hang.
func TestOpenDocumentWaitsForNoDisk(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	doc := goDocument("/nowhere/a.go", "package a\n\nfunc f() {\n\tf()\n}\n")
	doc.canonical = func() string {
		t.Error("the disk is looked at")
		return doc.path
	}
	c.documents.set(doc)
	if names := namesOf(must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), doc.uri)).Summary); len(names) != 1 {
		t.Errorf("symbols %q", names)
	}
	if list := must[[]protocol.DocumentHighlight](t)(c.DocumentHighlights(t.Context(), c.Snapshot(), doc.uri, at(2, 5))); len(list) != 2 {
		t.Errorf("highlights %+v", list)
	}
	if list := must[[]protocol.FoldingRange](t)(c.FoldingRanges(t.Context(), c.Snapshot(), doc.uri, 10)); len(list) != 1 {
		t.Errorf("folds %+v", list)
	}
	list := must[[]protocol.SelectionRange](t)(c.SelectionRanges(t.Context(), c.Snapshot(), doc.uri, []protocol.Position{at(3, 1)}))
	if len(list) != 1 {
		t.Errorf("selections %+v", list)
	}
}

// A panic in an answer, for which the front end has to do something, leaves no turn taken.
func TestPanicGivesTheTurnBack(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	bomb := goDocument("/nowhere/bomb.go", "package a\n")
	bomb.canonical = func() string { panic("bomb") }
	c.documents.set(bomb)
	for range 2 * MaxConcurrent {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_, _ = c.search(t.Context(), c.Snapshot(), index.Query{Text: "f"}) // ignore error: it panics
		}()
	}
	c.CloseDocument(bomb.uri)
	c.open("a.go", "package a\nfunc f() {}\n")
	if matches := must[[]index.Match](t)(c.WorkspaceSymbols(t.Context(), c.Snapshot(), "f", 0)); len(matches) != 1 {
		t.Errorf("%+v", matches)
	}
}

func TestServicesFollowSettingsAndYield(t *testing.T) {
	t.Parallel()
	c := begin(t, map[string]string{"a.go": serverGo})
	uri := c.uri("a.go")
	serves := func(feature string) bool { return c.Serves(feature, c.Snapshot(), uri) }
	if !serves(FeatureHover) {
		t.Error("not served though nothing is off")
	}
	if err := c.Yield([]string{FeatureHover}, []string{"go", "no such"}); err != nil {
		t.Fatal(err)
	}
	<-c.ServicesChanged()
	if serves(FeatureHover) || !serves(FeatureDefinition) || !c.Serves(FeatureHover, c.Snapshot(), "") {
		t.Error("not as yielded")
	}
	if diff := cmp.Diff(map[string][]string{"go": {FeatureHover}}, c.Status().Yielded); diff != "" {
		t.Error(diff)
	}
	if err := c.Resume(nil, nil); err != nil || !serves(FeatureHover) {
		t.Errorf("after all is resumed: %v", err)
	}
	var invalid InvalidError
	if err := c.Yield([]string{"no such"}, nil); !errors.As(err, &invalid) {
		t.Errorf("an unknown feature: %v", err)
	}
	c.Configure(Settings{Features: map[string]bool{FeatureHover: false}, Languages: map[string]bool{"python": false}})
	if serves(FeatureHover) || !serves(FeatureDefinition) || c.Serves(FeatureDefinition, c.Snapshot(), "file:///a.py") {
		t.Error("not as configured")
	}
}

// An edit that cannot be applied costs the document its symbols until all of its text is
// said again.
func TestLostTextIsNotAnswered(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	c.open("a.go", "package a\nfunc f() {}\n")
	uri, text := c.uri("a.go"), "package a\nfunc g() {}\n"
	if err := c.EditDocument(uri, []Change{{Range: &protocol.Range{}}}); err == nil {
		t.Error("a change without a text: no error")
	}
	if _, err := c.DocumentSymbols(t.Context(), c.Snapshot(), uri); err == nil {
		t.Error("symbols of a text that is not known")
	}
	if err := c.EditDocument(uri, []Change{{Text: &text}}); err != nil {
		t.Fatal(err)
	}
	summary := must[*DocumentOutline](t)(c.DocumentSymbols(t.Context(), c.Snapshot(), uri)).Summary
	if diff := cmp.Diff([]string{"g"}, namesOf(summary)); diff != "" {
		t.Error(diff)
	}
	if err := c.EditDocument("untitled:none", nil); err == nil {
		t.Error("an edit of a document that is not open: no error")
	}
}
