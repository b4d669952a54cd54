// Command symcache is the symbol cache beside a language server: it warms a
// store with the symbols of source trees and answers editors and people from it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The exit codes, a contract with scripts.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSomeFailed  = 3   // done, but some files failed
	exitInterrupted = 130 // as a shell reports SIGINT
)

// leaveAfter is how long after a signal a command may end its work and print what it has
// done. Then the program ends anyway, within a second of the signal. Twice the time that a
// server waits for its work is enough on a busy machine.
const leaveAfter = 800 * time.Millisecond

// interrupted is what people read after a signal.
const interrupted = "symcache: interrupted; what was stored until then is kept"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the program at once
		time.AfterFunc(leaveAfter, leave)
	})
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// leave ends the program whatever it waits for: a disk or a lock that does not answer, or
// a reader of its output that does not read. That is safe at any moment, as the end of a
// process by a crash is.
func leave() {
	told := make(chan struct{})
	go func() { // standard error may be what is not read
		defer close(told)
		fmt.Fprintln(os.Stderr, interrupted)
	}()
	select {
	case <-told:
	case <-time.After(100 * time.Millisecond):
	}
	os.Exit(exitInterrupted)
}

// exitError ends the program with a code. Its cause, unless nil, is printed.
type exitError struct {
	code  int
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// firstError remembers the first error of a writer.
type firstError struct {
	out io.Writer
	err error
}

func (l *firstError) Write(b []byte) (int, error) {
	n, err := l.out.Write(b)
	if l.err == nil && err != nil {
		l.err = fmt.Errorf("print: %w", err)
	}
	return n, err
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, std streams) int {
	root, app := newCommands(std)
	root.SetArgs(args)
	texts := &firstError{out: std.out} // of help, whose errors are dropped
	root.SetOut(texts)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case app.misuse != nil:
		cmd, err = app.misused, app.misuse
	case err == nil:
		err = texts.err
	}

	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(std.err, interrupted)
		return exitInterrupted
	case errors.As(err, &exit):
		switch {
		case exit.code == exitUsage:
			printUsageError(std.err, cmd, exit.cause)
		case exit.cause != nil:
			fmt.Fprintln(std.err, "symcache:", plainError(exit.cause))
		}
		return exit.code
	}
	fmt.Fprintln(std.err, "symcache:", plainError(err))
	return exitFailed
}
