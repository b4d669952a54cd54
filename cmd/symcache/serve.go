package main

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp"
)

func (a *app) serve() *cobra.Command {
	var flags walkFlags
	var limits limitFlags
	var stdio bool // named by clients that name a transport
	var pipe string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve one editor with the Language Server Protocol",
		Long: `Serve speaks LSP on standard input and output: document symbols, workspace symbols, definitions by
name, hovers and more, at once for everything that was ever parsed. It is started by an editor,
not by hand; the log goes to standard error.

With --pipe it speaks on a Unix socket instead: on the one that an editor listens on, or on a new one
that the first editor to come is served on.

Once a day a server removes from the cache what has not been used for long, as 'symcache gc' does.

The client may change settings, see 'symcache config --schema', with its initializationOptions and
in the section "symcache" of its configuration.`,
		Example: `  symcache serve --stdio --log-level info
  symcache serve --pipe /run/user/1000/symcache.sock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case pipe != "" && cmd.Flags().Changed("stdio"):
				return usage(errors.New("serve: --stdio and --pipe are two transports"))
			case pipe == "" && !stdio:
				return usage(errors.New("serve: there is no transport but --stdio and --pipe"))
			}
			return a.runServe(cmd.Context(), pipe, &flags, &limits)
		},
	}
	flags.add(cmd.Flags())
	limits.add(cmd.Flags())
	cmd.Flags().BoolVar(&stdio, "stdio", true, "speak on standard input and output")
	cmd.Flags().StringVar(&pipe, "pipe", "", "speak on the Unix socket at this path")
	return cmd
}

func (a *app) runServe(ctx context.Context, pipe string, flags *walkFlags, limits *limitFlags) error {
	// What is written to a client that has gone fails, and does not end the program.
	signal.Ignore(syscall.SIGPIPE)
	log := a.logger()
	in, ok := a.in.(io.ReadCloser)
	if !ok {
		in = io.NopCloser(a.in)
	}
	out := a.out
	if pipe != "" {
		conn, err := openPipe(ctx, pipe)
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
	if _, err := a.engine(flags, store, log); err != nil {
		return err // before the editor believes that there are no symbols
	}
	config := a.config(flags, store, log)
	kept := limits.options()
	config.GC = &kept
	config.Quiet = true // beside a language server that has more to do
	server := lsp.NewServer(lsp.Options{Engine: config, Version: programVersion(), Logger: log})
	if code := server.Serve(ctx, in, out); code != exitOK {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &exitError{code: code, cause: errors.New("the client went away without shutdown and exit")}
	}
	return nil
}
