package lsp

import (
	"errors"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// tellBadFolders logs that folders cannot be used. If one is refused, such as the root of the
// file system, the user sees a message once: without it, nothing would seem to be found.
func (s *Server) tellBadFolders(err error) {
	s.log.Warn("cannot use a workspace folder", "err", err)
	text := ""
	switch {
	case errors.Is(err, files.ErrFileSystemRoot):
		text = "symcache: " + files.ErrFileSystemRoot.Error() + ". Open files have their symbols."
	case errors.Is(err, files.ErrHome):
		text = "symcache: " + files.ErrHome.Error() + ". Open files have their symbols; the setting indexHome changes that."
	}
	if text != "" && s.refused.CompareAndSwap(false, true) {
		s.post("window/showMessage", &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: text})
	}
}

// tellNoFolder says once that only open documents are searched, when a search has found nothing and no folder is open.
func (s *Server) tellNoFolder() {
	if len(s.session.Folders()) > 0 || !s.alone.CompareAndSwap(false, true) {
		return
	}
	s.post("window/showMessage", &protocol.ShowMessageParams{
		Type:    protocol.MessageTypeInfo,
		Message: "symcache: no folder is open, so only open files are searched. Open the folder of the project to search all of it.",
	})
}
