// Package system runs programs and says what they cost, and names the machine. What a
// system does not tell is zero, or errors.ErrUnsupported.
package system

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

const (
	// stderrTail is how many bytes of a failed program's stderr an error quotes: its last words.
	stderrTail = 400

	// killWait is how long a killed program's pipes are waited for; a child that
	// left its process group may hold them open.
	killWait = 2 * time.Second
)

// Machine is where a run took place.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory"` // bytes; 0 when unknown
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
}

// Describe names this machine.
func Describe() Machine {
	return Machine{
		CPU:    cpuModel(),
		Cores:  runtime.NumCPU(),
		Memory: memoryTotal(),
		Kernel: kernel(),
		Go:     runtime.Version(),
	}
}

// String is one line.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.1f GB memory, %s, %s", m.CPU, m.Cores, float64(m.Memory)/1e9, m.Kernel, m.Go)
}

// Usage is what a finished program cost.
type Usage struct {
	Wall    time.Duration
	PeakRSS int64 // bytes of resident memory at its peak, of its largest process; 0 when unknown
}

// Command returns a command in a process group of its own, all of which is killed
// when ctx ends.
func Command(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	cmd.WaitDelay = killWait
	isolate(cmd)
	return cmd
}

// Run runs a command to its end and returns its cost and what it printed to stdout. A writer
// that is set for stderr gets that as well.
//
// On Linux the kernel counts memory of the parent into a child's peak (both share it
// until exec), so the peak is at least what this process itself has had.
func Run(cmd *exec.Cmd) (Usage, []byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	} else {
		cmd.Stderr = io.MultiWriter(cmd.Stderr, &stderr)
	}
	start := time.Now()
	err := cmd.Run()
	usage := Usage{Wall: time.Since(start)}
	if cmd.ProcessState != nil {
		usage.PeakRSS = peakRSS(cmd.ProcessState)
	}
	if err != nil {
		text := strings.TrimSpace(stderr.String())
		err = fmt.Errorf("run %s: %w: %s", cmd.Path, err, text[max(0, len(text)-stderrTail):])
	}
	// What a child's output took here must not count into the next child's peak.
	debug.FreeOSMemory()
	return usage, stdout.Bytes(), err
}

// Kill kills a started command with all of its process group.
func Kill(cmd *exec.Cmd) error {
	if err := killGroup(cmd.Process); err != nil && !errors.Is(err, errGone) {
		return fmt.Errorf("kill %s: %w", cmd.Path, err)
	}
	return nil
}

// Memory is the resident memory of a process and of all below it, in bytes.
type Memory struct {
	Private int64 // only theirs
	Shared  int64 // mapped by others too, or mapped from files by several
}
