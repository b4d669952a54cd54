package contents

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// ScanReader is a Reader for scans. It leaves a file on a disk that does not answer, and
// while scans are quiet lets all other processes read first, see Config.Quiet.
type ScanReader struct {
	reader *Reader
	caller *files.Caller
}

// NewScanReader returns a reader for one goroutine, which closes it.
func (e *Engine) NewScanReader() *ScanReader {
	return &ScanReader{reader: e.NewReader(), caller: e.hangs.Caller()}
}

// Close ends the reader.
func (r *ScanReader) Close() { r.caller.Close() }

// Read is Reader.Read. The error matches files.ErrHangs where the disk does not answer.
func (r *ScanReader) Read(ctx context.Context, root, path string) (File, error) {
	reader := r.reader
	var found struct {
		file File
		err  error
	}
	err := r.caller.Do(ctx, filepath.Dir(path), func(step func()) {
		restore := reader.engine.pace.yieldDisk()
		defer restore()
		reader.step = step
		found.file, found.err = reader.Read(ctx, root, path)
	})
	if err != nil {
		r.reader = reader.engine.NewReader() // the old one may still be at work
		return File{Path: path}, fmt.Errorf("read %s: %w", path, err)
	}
	return found.file, found.err
}
