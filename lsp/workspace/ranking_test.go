package workspace

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/index"
)

// golden are queries on Go's standard library as people type them, with what they
// mean: it must be among the first three.
var golden = map[string]string{
	"ReadAll":           "io/io.go ReadAll",
	"readall":           "io/io.go ReadAll",
	"Mutex":             "sync/mutex.go Mutex",
	"mutex":             "sync/mutex.go Mutex",
	"RWMut":             "sync/rwmutex.go RWMutex",
	"WaitGroup":         "sync/waitgroup.go WaitGroup",
	"WaGr":              "sync/waitgroup.go WaitGroup",
	"WaitGroup.Go":      "sync/waitgroup.go Go",
	"Println":           "fmt/print.go Println",
	"Sprintf":           "fmt/print.go Sprintf",
	"WithTimeout":       "context/context.go WithTimeout",
	"WithCan":           "context/context.go WithCancel",
	"ListenAndServe":    "net/http/server.go ListenAndServe",
	"LisAndS":           "net/http/server.go ListenAndServe",
	"NewRequestWithC":   "net/http/request.go NewRequestWithContext",
	"ServeMux":          "net/http/server.go ServeMux",
	"ServeMux.Handle":   "net/http/server.go Handle",
	"ResponseWriter":    "net/http/server.go ResponseWriter",
	"Client.Do":         "net/http/client.go Do",
	"Buffer.WriteStr":   "bytes/buffer.go WriteString",
	"Builder":           "strings/builder.go Builder",
	"Builder.Grow":      "strings/builder.go Grow",
	"Duration":          "time/time.go Duration",
	"ParseDuration":     "time/format.go ParseDuration",
	"Decoder.DisallowU": "encoding/json/stream.go DisallowUnknownFields",
	"zzzNothing":        "",
	"UnmarshalTypeErr":  "encoding/json/decode.go UnmarshalTypeError",
	"O_RDONLY":          "os/file.go O_RDONLY",
	"ErrNotExist":       "os/error.go ErrNotExist",
	"errnotexist":       "os/error.go ErrNotExist",
	"ErrUnexpectedEOF":  "io/io.go ErrUnexpectedEOF",
	"TempDir":           "os/file.go TempDir",
	"TCPConn.ReadFrom":  "net/tcpsock.go ReadFrom",
}

// The ranking on a real tree, which every Go installation has: in memory, and from the index file that the next process
// finds.
func TestRankingOnStandardLibrary(t *testing.T) {
	t.Parallel()
	src, err := Canonical(filepath.Join(runtime.GOROOT(), "src")) //nolint:staticcheck // tests run where they are built
	if err != nil {
		t.Fatalf("the sources of the standard library are missing: %v\nInstall Go with them, as https://go.dev/dl has it", err)
	}
	var roots []string
	for _, dir := range []string{"bytes", "context", "encoding", "fmt", "io", "net", "os", "strings", "sync", "time"} {
		roots = append(roots, filepath.Join(src, dir))
	}
	cache := filepath.Join(t.TempDir(), "cache")
	for range 2 {
		w := newWorkspace(t, cache, roots...)
		scanAll(t, w)
		for query, want := range golden {
			matches, err := w.Search(t.Context(), index.Query{Text: query, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range matches {
				got = append(got, fmt.Sprint(strings.TrimPrefix(filepath.ToSlash(m.Path), filepath.ToSlash(src)+"/"), " ", m.Name))
			}
			if want != "" && !slices.Contains(got, want) || want == "" && len(got) > 0 {
				t.Errorf("query %q: %q, want %q among them", query, got, want)
			}
		}
	}
}
