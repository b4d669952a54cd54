package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp"
)

func (a *app) serve() *cobra.Command {
	var flags walkFlags
	var stdio bool // named by clients that name a transport
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve one editor with the Language Server Protocol",
		Long: `Serve speaks LSP on standard input and output: document symbols and workspace symbols,
at once for everything that was ever parsed. It is started by an editor, not by hand; the
log goes to standard error.

The client's initializationOptions may set maxFileSize (bytes), exclude (patterns) and
limit (of workspace symbols).`,
		Example: `  symcache serve --stdio --log-level info`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !stdio {
				return usage(errors.New("serve: there is no transport but --stdio"))
			}
			log := a.logger()
			store := a.storeOrNone(log)
			if store != nil {
				defer store.Close()
			}
			in, ok := a.in.(io.ReadCloser)
			if !ok {
				in = io.NopCloser(a.in)
			}
			server := lsp.NewServer(lsp.Options{
				Engine: a.config(&flags, store, log), Version: programVersion(), Logger: log,
			})
			if code := server.Serve(cmd.Context(), in, a.out); code != exitOK {
				return &exitError{code: code, cause: errors.New("the client went away without shutdown and exit")}
			}
			return nil
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().BoolVar(&stdio, "stdio", true, "speak on standard input and output; there is no other transport")
	return cmd
}
