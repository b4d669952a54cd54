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

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp"
	"github.com/symcache/symcache/lsp/timing"
)

func (a *app) serve() *cobra.Command {
	var flags walkFlags
	var limits limitFlags
	var options serveOptions
	var stdio bool // named by clients that name a transport
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve one editor with the Language Server Protocol",
		Long: `Serve speaks LSP on standard input and output: document symbols, workspace symbols, definitions by
name, hovers and more, at once for everything that was ever parsed. It is started by an editor,
not by hand.

With --pipe it speaks on a Unix socket instead: on the one that an editor listens on, or on a new one
that the first editor to come is served on.

The log goes to standard error, and from the level info on to a log file: a new one for each server, in
the directory logs of your part of the cache, readable by you alone. A file has at most 1 MiB, and one
more where it was renamed to *.old; the ten newest are kept, for 30 days. The log names files of your
tree. Requests that take longer than --slow are logged with what took the time. 'symcache bug' makes a
report of it that names none. --log-file names another file, or is "off".

With --pprof it serves profiles of itself on a Unix socket in a directory of its own, for you alone, and
prints how to fetch them.

Once a day a server removes from the cache what has not been used for long, as 'symcache gc' does.

The client may change settings, see 'symcache config --schema', with its initializationOptions and
in the section "symcache" of its configuration.`,
		Example: `  symcache serve --stdio --log-level info
  symcache serve --pipe /run/user/1000/symcache.sock
  symcache serve --log-file /tmp/symcache.log --log-level debug --slow 50ms
  symcache serve --log-file off --pprof`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case options.pipe != "" && cmd.Flags().Changed("stdio"):
				return usage(errors.New("--stdio and --pipe are two transports"))
			case options.pipe == "" && !stdio:
				return usage(errors.New("there is no transport but --stdio and --pipe"))
			case options.slow <= 0:
				return usage(errors.New("--slow must be more than 0"))
			}
			return a.runServe(cmd.Context(), &options, &flags, &limits)
		},
	}
	flags.add(cmd.Flags())
	limits.add(cmd.Flags())
	cmd.Flags().BoolVar(&stdio, "stdio", true, "speak on standard input and output")
	cmd.Flags().StringVar(&options.pipe, "pipe", "", "speak on the Unix socket at `PATH`")
	options.log.add(cmd.Flags())
	cmd.Flags().DurationVar(&options.slow, "slow", timing.DefaultSlow, "log requests that take longer than this `DURATION`, with what took the time")
	cmd.Flags().BoolVar(&options.pprof, "pprof", false, "serve profiles of the server on a private Unix socket")
	return cmd
}

// serveOptions are the flags of serve alone.
type serveOptions struct {
	pipe  string // empty: standard input and output
	log   logFlags
	slow  time.Duration
	pprof bool
}

func (a *app) runServe(ctx context.Context, options *serveOptions, flags *walkFlags, limits *limitFlags) error {
	// A write to a client that has gone fails, and must not end the program.
	signal.Ignore(syscall.SIGPIPE)
	if options.pipe == "" && isTerminal(a.in) {
		fmt.Fprintln(a.err, "symcache serve speaks LSP on standard input; an editor starts it. Ctrl-C ends it.")
	}
	log, file := a.serverLogger()
	defer file.Close()
	if options.pprof {
		stop, err := servePprof(a.err, log)
		if err != nil {
			return err
		}
		defer stop()
	}
	in, ok := a.in.(io.ReadCloser)
	if !ok {
		in = io.NopCloser(a.in)
	}
	out := a.out
	if options.pipe != "" {
		conn, err := openPipe(ctx, options.pipe)
		if err != nil {
			return err
		}
		defer conn.Close()
		in, out = conn, conn
	}
	store, err := a.storeOrBases(log)
	if err != nil {
		return err
	}
	defer store.Close()
	path, err := options.log.path(store.Dir(), time.Now())
	if err != nil {
		return fmt.Errorf("find the log file: %w", err)
	}
	file.open(path)
	if _, err := a.engine(flags, store, log); err != nil {
		return err // before the editor believes that there are no symbols
	}
	engine, roots, kept := a.engineConfig(flags, store, log), flags.config(), limits.options()
	engine.Quiet = true // beside a language server that has more to do
	roots.GC = &kept
	log.Info("serve begins", "version", programVersion, "commit", programCommit(), "pid", os.Getpid())
	server := lsp.NewServer(lsp.Options{Engine: engine, Workspace: roots, Version: programVersion, Logger: log, Slow: options.slow})
	code := server.Serve(ctx, in, out)
	log.Info("serve ends", "code", code, "interrupted", ctx.Err() != nil)
	if code != exitOK {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &exitError{code: code, cause: errors.New("the client went away without shutdown and exit")}
	}
	return nil
}
