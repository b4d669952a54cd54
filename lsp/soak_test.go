package lsp

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/answers"
)

// soakEnv is how long TestSoak runs, a duration such as 10m:
//
//	SYMCACHE_TEST_FOR=10m go test -run TestSoak -v -timeout 0 ./lsp
//
// Without it a few hundred steps are made.
const soakEnv = "SYMCACHE_TEST_FOR"

const (
	// soakFiles and soakOpen bound the workspace, and the documents open in it at once.
	soakFiles, soakOpen = 200, 20

	// soakSamples is how often usage is looked at, soakSteps how many steps are made in
	// between in the short form.
	soakSamples, soakSteps = 12, 60

	// soakInFlight is how many requests wait for their answers, at most.
	soakInFlight = 24
)

// TestSoak: an editor that asks, cancels, types, saves and changes settings and folders
// at random, while files come, go and change on disk, costs what it cost at the
// beginning. It is not parallel: it counts what the whole process has.
func TestSoak(t *testing.T) {
	var long time.Duration
	if value := os.Getenv(soakEnv); value != "" {
		var err error
		if long, err = time.ParseDuration(value); err != nil {
			t.Fatal(err)
		}
	}
	// A profile of allocations keeps each stack that it has seen, and there are always more.
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 0
	t.Cleanup(func() { runtime.MemProfileRate = rate })
	s := newSoak(t)
	begin := time.Now()
	samples := []usage{s.sample()}
	for i := range soakSamples {
		until := begin.Add(long * time.Duration(i+1) / soakSamples)
		for n := 0; n < soakSteps || time.Now().Before(until); n++ {
			s.step()
		}
		samples = append(samples, s.sample())
		t.Logf("%v, %d steps: %v", time.Since(begin).Round(time.Second), s.steps, samples[i+1])
	}
	s.e.leave()
	// The first third fills what is kept: parsers, buffers, the allocator's lists.
	third := len(samples) / 3
	middle, last := peak(samples[third:2*third]), peak(samples[2*third:])
	const mib = 1 << 20
	for _, q := range []struct {
		name            string
		before, after   int
		percent, margin int
	}{
		{"heap", middle.heap, last.heap, 20, 8 * mib},
		{"private memory", middle.private, last.private, 20, 32 * mib},
		{"goroutines", middle.goroutines, last.goroutines, 0, 4},
		{"open files", middle.files, last.files, 0, 8},
	} {
		if q.after > q.before+q.before*q.percent/100+q.margin {
			t.Errorf("%s grow: at most %d in the second third, %d in the last", q.name, q.before, q.after)
		}
	}
}

// usage is what the process has: heap and private memory in bytes, the latter and open
// files only where /proc tells.
type usage struct{ heap, private, goroutines, files int }

func (u usage) String() string {
	return fmt.Sprintf("heap %.1f MiB, private %.1f MiB, %d goroutines, %d open files",
		float64(u.heap)/(1<<20), float64(u.private)/(1<<20), u.goroutines, u.files)
}

func peak(samples []usage) (p usage) {
	for _, u := range samples {
		p.heap, p.private = max(p.heap, u.heap), max(p.private, u.private)
		p.goroutines, p.files = max(p.goroutines, u.goroutines), max(p.files, u.files)
	}
	return p
}

func usageNow() usage {
	debug.FreeOSMemory() // twice: what has a finalizer goes at the second time
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	u := usage{heap: int(stats.HeapAlloc), goroutines: runtime.NumGoroutine()}
	files, _ := os.ReadDir("/proc/self/fd") // ignore error: not Linux
	u.files = len(files)
	rollup, _ := os.ReadFile("/proc/self/smaps_rollup") // ignore error: not Linux
	for line := range strings.Lines(string(rollup)) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "Private_") && len(fields) > 1 {
			kib, _ := strconv.Atoi(fields[1]) // the kernel writes numbers
			u.private += kib << 10
		}
	}
	return u
}

// soak is a session at random.
type soak struct {
	t        *testing.T
	e        *editor
	random   *rand.Rand
	dir      string
	open     map[string]string // text by path
	versions int
	steps    int
	sampled  int
	inFlight []string
	canceled map[string]bool
}

func newSoak(t *testing.T) *soak {
	s := &soak{
		t: t, random: rand.New(rand.NewPCG(6, 10)), dir: tree(t, nil),
		open: make(map[string]string), canceled: make(map[string]bool),
	}
	for i := range soakFiles {
		s.write(s.path(i))
	}
	write(t, filepath.Join(s.dir, ".gitignore"), "ignored\n")
	s.e = startHere(t, setup{Cache: filepath.Join(t.TempDir(), "cache")})
	s.e.initialize(dynamic(), s.dir)
	return s
}

// path names one of the files.
func (s *soak) path(i int) string {
	extension := []string{".go", ".py", ".ts", ".c"}[i%4]
	return filepath.Join(s.dir, fmt.Sprintf("d%d", i%17), fmt.Sprintf("f%d%s", i, extension))
}

func (s *soak) anyPath() string { return s.path(s.random.IntN(soakFiles)) }

// text has declarations in the language of a path, with names that no other text has.
func (s *soak) text(path string) string {
	form := map[string]string{
		".go": "// %[1]s is.\nfunc %[1]s(a int) {\n\t_ = a\n}\n",
		".py": "class %s:\n    def method(self):\n        pass\n",
		".ts": "export class %s {\n  method() { return 1 }\n}\n",
		".c":  "int %s(int a)\n{\n\treturn a;\n}\n",
	}[filepath.Ext(path)]
	var b strings.Builder
	if filepath.Ext(path) == ".go" {
		b.WriteString("package p\n\n")
	}
	for range 1 + s.random.IntN(20) {
		fmt.Fprintf(&b, form, fmt.Sprintf("Soak%x", s.random.Uint64()))
	}
	return b.String()
}

func (s *soak) write(path string) {
	// Someone else may have renamed the directory to a file's name: a step that fails is none.
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
		_ = os.WriteFile(path, []byte(s.text(path)), 0o600)
	}
}

func (s *soak) step() {
	s.steps++
	switch n := s.random.IntN(100); {
	case n < 60:
		s.request()
	case n < 85:
		s.edit()
	case n < 97:
		s.onDisk()
	default:
		s.change()
	}
}

func (s *soak) request() {
	calls := callsAt(fileURI(s.anyPath()), s.random.IntN(40), s.random.IntN(20))
	call := calls[s.random.IntN(len(calls))]
	id := s.e.call(call.method, call.params)
	s.inFlight = append(s.inFlight, id)
	if s.random.IntN(8) == 0 {
		s.canceled[id] = true
		s.e.notify("$/cancelRequest", object{"id": json.RawMessage(id)})
	}
	if len(s.inFlight) >= soakInFlight {
		s.collect()
	}
}

// collect waits for all answers.
func (s *soak) collect() {
	for _, id := range s.inFlight {
		if m := s.e.reply(id); m.Error != nil && (m.code() != -32800 || !s.canceled[id]) {
			s.t.Errorf("request %s, cancelled: %v: %v", id, s.canceled[id], m)
		}
	}
	s.inFlight = s.inFlight[:0]
	clear(s.canceled)
}

// edit opens, changes, saves or closes a document.
func (s *soak) edit() {
	path := s.anyPath()
	if paths := openPaths(s.open); len(paths) > 0 && s.random.IntN(4) > 0 {
		path = paths[s.random.IntN(len(paths))]
	}
	text, isOpen := s.open[path]
	uri := fileURI(path)
	s.versions++
	switch {
	case !isOpen && len(s.open) < soakOpen:
		s.open[path] = s.text(path)
		language := map[string]string{".go": "go", ".py": "python", ".ts": "typescript", ".c": "c"}[filepath.Ext(path)]
		s.e.open(uri, language, s.open[path])
	case !isOpen:
	case s.random.IntN(10) == 0:
		delete(s.open, path)
		s.e.close(uri)
	case s.random.IntN(10) == 0:
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			_ = os.WriteFile(path, []byte(text), 0o600) // ignore error: then it was not saved
		}
		s.e.save(uri)
	default:
		line := s.random.IntN(strings.Count(text, "\n"))
		typed := fmt.Sprintf("// typed %d é😀\n", s.versions)
		lines := strings.SplitAfter(text, "\n")
		if len(lines) > 200 { // as if most of it were deleted
			lines, line = lines[:20], 0
			s.e.change(uri, s.versions, object{"text": strings.Join(lines, "")})
		}
		s.e.change(uri, s.versions, insert(line, 0, typed))
		s.open[path] = strings.Join(slices.Insert(lines, line, typed), "")
	}
}

func openPaths(open map[string]string) []string {
	var paths []string
	for path := range open {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// onDisk changes something below the server. Steps that find nothing to change are none.
func (s *soak) onDisk() {
	path := s.anyPath()
	switch s.random.IntN(8) {
	case 0:
		_ = os.Remove(path)
	case 1:
		_ = os.Rename(path, s.anyPath())
	case 2:
		_ = os.Rename(filepath.Dir(path), filepath.Join(s.dir, "moved"))
	case 3:
		_ = os.RemoveAll(filepath.Join(s.dir, "moved"))
	case 4:
		_ = os.WriteFile(filepath.Join(s.dir, ".gitignore"), fmt.Appendf(nil, "d%d/\n", s.random.IntN(60)), 0o600)
	default:
		s.write(path)
	}
	if s.random.IntN(4) == 0 {
		s.e.notify("workspace/didChangeWatchedFiles", object{"changes": []object{{"uri": fileURI(path), "type": 2}}})
	}
}

// change changes what the session is about.
func (s *soak) change() {
	folder := []object{{"uri": fileURI(filepath.Join(s.dir, "d1")), "name": "d1"}}
	switch s.random.IntN(6) {
	case 0:
		s.e.notify("symcache/yield", object{"features": []string{answers.Features()[s.random.IntN(len(answers.Features()))]}})
	case 1:
		s.e.notify("symcache/resume", object{})
	case 2:
		s.e.notify("workspace/didChangeConfiguration", object{"settings": object{"limit": 1 + s.random.IntN(300)}})
	case 3:
		s.e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": folder, "removed": []object{}}})
	case 4:
		s.e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{"removed": folder, "added": []object{}}})
	case 5:
		s.inFlight = append(s.inFlight, s.e.call("workspace/executeCommand", object{"command": "symcache.clear"}))
	}
}

// sample waits until nothing is under way, checks that the server knows what has
// changed last, and returns what it costs.
func (s *soak) sample() usage {
	s.t.Helper()
	s.collect()
	s.e.notify("symcache/resume", object{})
	s.e.notify("workspace/didChangeConfiguration", object{"settings": object{"limit": 256}})
	write(s.t, filepath.Join(s.dir, ".gitignore"), "\n")
	for path := range s.open {
		s.e.close(fileURI(path))
	}
	clear(s.open)
	s.sampled++
	sentinel := filepath.Join(s.dir, "sentinel.go")
	name := fmt.Sprintf("Sentinel%d", s.sampled)
	write(s.t, sentinel, "package p\n\nfunc "+name+"() {}\n")
	s.e.wantFound(name, fileURI(sentinel))

	// What ends in the background does so on its own time.
	least, same := usageNow().goroutines, 0
	eventually(s.t, func() bool {
		busy := ask[answers.Status](s.e, "symcache/status", nil).Scan.Now != nil
		if now := runtime.NumGoroutine(); now < least || busy {
			least, same = min(now, least), 0
		}
		same++
		return same == 100
	}, "goroutines do not settle")
	s.e.mu.Lock()
	s.e.inbox = nil // progress and logs that nobody awaits
	s.e.mu.Unlock()
	u := usageNow()
	u.goroutines = least
	return u
}
