package symbols

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// leakEnv makes the test binary a process that does nothing but leave many runs for want
// of memory, and prints by how many bytes it has grown.
const leakEnv = "SYMBOLS_TEST_LEAK"

// A run that is left for want of memory leaves nothing behind, neither of the library's
// nor of the grammar's scanner, which has memory of its own: Python's has one for each
// level of indentation.
func TestTruncatedRunsLeaveNoMemory(t *testing.T) {
	if os.Getenv(leakEnv) != "" {
		fmt.Println("grown by", growth(t))
		return
	}
	t.Parallel()
	testExtractor(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestTruncatedRunsLeaveNoMemory$")
	cmd.Env = append(os.Environ(), leakEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var grown int
	if _, err := fmt.Sscanf(string(out), "grown by %d", &grown); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d runs: grown by %d bytes", leakRuns, grown)
	// A scanner of this text has some 350 bytes; the heaps of C and Go move by 800 kB.
	if grown > leakRuns*200 {
		t.Errorf("%d runs: grown by %d bytes", leakRuns, grown)
	}
}

const leakRuns = 6000

// growth returns how much this process grows in leakRuns runs: the least of several times.
func growth(t *testing.T) int {
	runner, err := newRunner()
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOutliner(byExtension(t, "x.py"))
	if err != nil {
		t.Fatal(err)
	}
	limits := runLimits
	limits.MemoryBytes = 128 << 10
	text := []byte(indented(100))
	run := func(n int) {
		for range n {
			err := runner.run(context.Background(), o, text, limits, func(_ []capture, status status) {
				if !status.Truncated {
					t.Fatal("the run had enough memory")
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	run(leakRuns / 4) // until the heap has its size
	// What the race detector keeps grows now and then, a leak each time.
	least := math.MaxInt
	for range 4 {
		before := resident(t)
		run(leakRuns)
		least = min(least, resident(t)-before)
	}
	runtime.KeepAlive(runner)
	return least
}

// resident returns the bytes of this process that are in memory and are no file's.
func resident(t *testing.T) int {
	debug.FreeOSMemory() // what is left is C's, but for some of Go's that is the same each time
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("RssAnon:"))
	fields := strings.Fields(string(rest))
	if len(fields) == 0 {
		t.Skip("the kernel does not tell")
	}
	kilobytes, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
