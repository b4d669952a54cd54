package answers

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// goDocument is a document at a path of its own name.
func goDocument(path, text string) document {
	return document{
		uri: fileURI(path), path: path, canonical: func() string { return path }, lang: symbols.ByID("go"), text: []byte(text),
	}
}

// shownIn returns the names that an index of buffers has.
func shownIn(t *testing.T, b *buffers) []string {
	t.Helper()
	matches, err := index.Search(context.Background(), index.Query{}, b.index)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, m := range matches {
		names = append(names, m.Name)
	}
	return names
}

// TestBuffersGoForward: of two searches that run at once the later one began
// with a later text, and the earlier one, should it come second, does not bring
// the old text back.
func TestBuffersGoForward(t *testing.T) {
	t.Parallel()
	ws, b := workspace.Empty(contents.NewEngine(contents.Config{}), workspace.Config{}), newBuffers()
	var docs documents
	show := func(at Snapshot) {
		t.Helper()
		if err := b.update(context.Background(), at, ws); err != nil {
			t.Fatal(err)
		}
	}
	docs.set(goDocument("/a.go", "package a\nfunc first() {}\n"))
	earlier := docs.snapshot()
	docs.set(goDocument("/a.go", "package a\nfunc second() {}\n"))
	show(docs.snapshot())
	show(earlier)
	if diff := cmp.Diff([]string{"second"}, shownIn(t, b)); diff != "" {
		t.Errorf("after the earlier snapshot (-want +got):\n%s", diff)
	}
	earlier = docs.snapshot()
	docs.remove(fileURI("/a.go"))
	show(docs.snapshot())
	show(earlier)
	if diff := cmp.Diff([]string{}, shownIn(t, b)); diff != "" {
		t.Errorf("after the document was closed (-want +got):\n%s", diff)
	}
}

// TestBuffersOvertaken is the same for a search that is overtaken while it works.
func TestBuffersOvertaken(t *testing.T) {
	t.Parallel()
	ws, b := workspace.Empty(contents.NewEngine(contents.Config{}), workspace.Config{}), newBuffers()
	var docs documents
	overtake := func() {}
	slow := goDocument("/a.go", "package a\nfunc first() {}\n")
	slow.canonical = func() string {
		overtake()
		return slow.path
	}
	docs.set(slow)
	earlier := docs.snapshot()
	docs.set(goDocument("/a.go", "package a\nfunc second() {}\n"))
	overtake = func() {
		if err := b.update(context.Background(), docs.snapshot(), ws); err != nil {
			t.Error(err)
		}
	}
	if err := b.update(context.Background(), earlier, ws); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"second"}, shownIn(t, b)); diff != "" {
		t.Errorf("after the earlier snapshot (-want +got):\n%s", diff)
	}
}

// TestSnapshotStays: what a request has got does not change under it.
func TestSnapshotStays(t *testing.T) {
	t.Parallel()
	var docs documents
	docs.set(goDocument("/a.go", "package a\nfunc first() {}\n"))
	before := docs.snapshot()
	docs.set(goDocument("/a.go", "package a\nfunc second() {}\n"))
	docs.set(goDocument("/b.go", "package b\n"))
	docs.remove(fileURI("/a.go"))
	if len(before.byURI) != 1 || string(before.byURI[fileURI("/a.go")].text) != "package a\nfunc first() {}\n" {
		t.Errorf("snapshot: %+v", before)
	}
	if after := docs.snapshot(); len(after.byURI) != 1 || after.byURI[fileURI("/b.go")] == nil {
		t.Errorf("snapshot: %+v", after)
	}
}

// TestOutlineGivenUp: who gives up takes nothing from those who still want the
// outline of the same text.
func TestOutlineGivenUp(t *testing.T) {
	t.Parallel()
	engine := contents.NewEngine(contents.Config{})
	var docs documents
	docs.set(goDocument("/a.go", "package a\nfunc f() {}\n"))
	doc := docs.snapshot().byURI[fileURI("/a.go")]
	gone, cancel := context.WithCancel(context.Background())
	cancel()

	for range 20 { // now and then one gets as far as the parser
		if _, err := doc.summary(gone, engine); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	}
	var askers sync.WaitGroup
	for i := range 32 {
		askers.Go(func() {
			if i%2 == 0 {
				if summary, err := doc.summary(gone, engine); err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("given up: %v, %v", summary, err)
				}
				return
			}
			summary, err := doc.summary(context.Background(), engine)
			if err != nil || len(summary.Symbols) != 1 || summary.Symbols[0].Name != "f" {
				t.Errorf("%+v, %v", summary, err)
			}
		})
	}
	askers.Wait()
}

// A document is served while it is open, though a scan would leave its file out.
func TestLargeDocumentsAreServed(t *testing.T) {
	t.Parallel()
	engine := contents.NewEngine(contents.Config{MaxFileSize: 10})
	b := newBuffers()
	var docs documents
	docs.set(goDocument("/a.go", "package a\nfunc first() {}\n"))
	doc := docs.snapshot().byURI[fileURI("/a.go")]
	if summary, err := doc.summary(t.Context(), engine); err != nil || len(summary.Symbols) != 1 {
		t.Errorf("the outline is %v, %v", summary, err)
	}
	if err := b.update(t.Context(), docs.snapshot(), workspace.Empty(engine, workspace.Config{})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first"}, shownIn(t, b)); diff != "" {
		t.Errorf("search (-want +got):\n%s", diff)
	}
	huge := goDocument("/b.go", "")
	huge.text, huge.outline = make([]byte, symbols.MaxContent+1), newOutline()
	if _, err := huge.summary(t.Context(), engine); !errors.Is(err, errTooLarge) {
		t.Errorf("beyond what can be parsed: %v", err)
	}
}
