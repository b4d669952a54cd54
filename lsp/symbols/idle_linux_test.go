package symbols

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// idleThreads returns the threads of this process that have idle priority, which is nice 19.
func idleThreads(t *testing.T) (ids []int) {
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
			ids = append(ids, id)
		}
	}
	return ids
}

// An extraction in the background runs on a thread of idle priority. Threads of Go's
// never have it, whatever is being extracted.
func TestIdleThreadsAreIdle(t *testing.T) {
	testExtractor(t)
	if attr, err := unix.SchedGetAttr(os.Getpid(), 0); err != nil || attr.Nice == 19 {
		t.Skip("the whole process has idle priority")
	}
	extractor := NewExtractor(1)
	lang := byExtension(t, "x.go")
	release := occupied(t, extractor.ExtractIdle, lang)
	defer release()
	for start := time.Now(); len(idleThreads(t)) == 0; time.Sleep(time.Millisecond) {
		if time.Since(start) > hang {
			t.Fatal("no thread has idle priority")
		}
	}
	if n := len(idleThreads(t)); n != 1 {
		t.Errorf("%d threads have idle priority, want that of the pool", n)
	}
	if _, err := extractor.Extract(t.Context(), lang, []byte("package p\n")); err != nil {
		t.Error(err)
	}
}

// Threads that parse in the background rest while another process uses the processors:
// they leave most of the time even to processes of the same low priority, with which the
// kernel would share it equally.
func TestIdleThreadsRestBesideOthers(t *testing.T) {
	testExtractor(t)
	if attr, err := unix.SchedGetAttr(os.Getpid(), 0); err != nil || attr.Nice == 19 {
		t.Skip("the whole process has idle priority")
	}
	processors := runtime.GOMAXPROCS(0)
	for range processors {
		busy := exec.Command("nice", "-n", "19", "sh", "-c", "while :; do :; done")
		if err := busy.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = busy.Process.Kill() // ignore error: it has ended
			_ = busy.Wait()         // ignore error: it was killed
		}()
	}
	extractor := NewExtractor(processors)
	lang := byExtension(t, "x.go")
	text := []byte("package p\nvar x = " + strings.Repeat("(a)(b)*c&", 500) + "1\n") // some milliseconds
	const length = 2 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var work sync.WaitGroup
	for range processors {
		work.Go(func() {
			for ctx.Err() == nil {
				_, _ = extractor.ExtractIdle(ctx, lang, text) // ignore error: it is ctx's
			}
		})
	}
	work.Wait()
	var used time.Duration
	for _, id := range idleThreads(t) {
		account, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", id))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // the thread has ended
		}
		if err != nil {
			t.Fatal(err)
		}
		nanoseconds, err := strconv.ParseInt(strings.Fields(string(account))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		used += time.Duration(nanoseconds)
	}
	share := float64(used) / float64(length) / float64(processors)
	t.Logf("%.0f %% of the processors", 100*share)
	if share > 0.3 {
		t.Errorf("beside as many busy processes they used %.0f %% of the processors", 100*share)
	}
}
