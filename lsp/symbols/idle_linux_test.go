package symbols

import (
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// idleThreads counts the threads of this process that have idle priority, which is nice 19.
func idleThreads(t *testing.T) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(task.Name())
		if err != nil {
			t.Fatal(err)
		}
		// ignore error: the thread has ended
		if attr, err := unix.SchedGetAttr(id, 0); err == nil && attr.Nice == 19 {
			n++
		}
	}
	return n
}

// An extraction in the background runs on a thread of idle priority. Threads of Go's
// never have it, whatever is being extracted.
func TestIdleThreadsAreIdle(t *testing.T) {
	testExtractor(t)
	if idleThreads(t) > 0 {
		t.Skip("the whole process has idle priority")
	}
	extractor := NewExtractor(1)
	lang := byExtension(t, "x.go")
	release := occupied(t, extractor.ExtractIdle, lang)
	defer release()
	for start := time.Now(); idleThreads(t) == 0; time.Sleep(time.Millisecond) {
		if time.Since(start) > hang {
			t.Fatal("no thread has idle priority")
		}
	}
	if n := idleThreads(t); n != 1 {
		t.Errorf("%d threads have idle priority, want that of the pool", n)
	}
	if _, err := extractor.Extract(t.Context(), lang, []byte("package p\n")); err != nil {
		t.Error(err)
	}
}
