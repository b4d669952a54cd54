package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/symcache/symcache/lsp"
)

func (a *app) serve() *cobra.Command {
	var flags walkFlags
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
				return &exitError{code: code, cause: fmt.Errorf("the client went away without shutdown and exit")}
			}
			return nil
		},
	}
	flags.add(cmd.Flags())
	// Clients name the transport; it is the only one there is.
	cmd.Flags().Bool("stdio", true, "speak on standard input and output")
	return cmd
}
