package system

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRollup(t *testing.T) {
	t.Parallel()
	const rollup = `55d4e2a3b000-7ffd35d5e000 ---p 00000000 00:00 0                          [rollup]
Rss:                1016 kB
Pss:                 100 kB
Shared_Clean:        512 kB
Shared_Dirty:          4 kB
Private_Clean:        96 kB
Private_Dirty:       404 kB
Swap:                  0 kB
`
	got, err := parseRollup([]byte(rollup))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Memory{Private: 500 << 10, Shared: 516 << 10}, got); diff != "" {
		t.Errorf("parseRollup (-want +got):\n%s", diff)
	}
	if _, err := parseRollup([]byte("Private_Dirty: many kB\n")); err == nil {
		t.Error("no error for a number that is none")
	}
}

// A shell and its child together have more than the child alone.
func TestMemoryOfChildren(t *testing.T) {
	t.Parallel()
	cmd := Command(t.Context(), "", nil, "sh", "-c", "cat; :")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("no shell:", err)
	}
	if _, err := in.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // cat runs now
		t.Fatal(err)
	}
	children, err := childrenOf()
	if err != nil {
		t.Fatal(err)
	}
	if len(children[cmd.Process.Pid]) != 1 {
		t.Fatalf("children = %v, want one", children[cmd.Process.Pid])
	}
	both, err := MemoryOf(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	child, err := MemoryOf(children[cmd.Process.Pid][0])
	if err != nil {
		t.Fatal(err)
	}
	if child.Private == 0 || both.Private <= child.Private {
		t.Errorf("private memory of both %d, of the child %d", both.Private, child.Private)
	}
	if err := Kill(cmd); err != nil {
		t.Fatal(err)
	}
	// The child was killed too: its end of the pipe is closed, or this would wait for ever.
	if n, err := out.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		t.Errorf("read from the killed child: %d bytes, %v", n, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("a killed command ended well")
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell:", err)
	}
	usage, out, err := Run(Command(t.Context(), t.TempDir(), []string{"SYMBENCH_TEST=1"}, "sh", "-c", "echo $SYMBENCH_TEST"))
	if err != nil || string(out) != "1\n" || usage.PeakRSS <= 0 || usage.Wall <= 0 {
		t.Errorf("Run = %+v, %q, %v", usage, out, err)
	}
	_, _, err = Run(Command(t.Context(), "", nil, "sh", "-c", "echo it broke >&2; exit 7"))
	if err == nil || !strings.Contains(err.Error(), "exit status 7: it broke") {
		t.Errorf("error of a failing command: %v", err)
	}
}
