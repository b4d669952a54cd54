package contents

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

const (
	// sourceWait is how long a request waits for one file. Nothing else waits for it, and a
	// client may cancel it sooner. Reading the largest source from a slow network takes less,
	// and so it does on a machine that is busy with something else.
	sourceWait = 5 * time.Second

	// scanWait is how long work that nobody waits for waits for one file. A disk that has to
	// start spinning takes less.
	scanWait = 10 * time.Second
)

// ScanReader is a Reader for scans. It leaves a file on a disk that does not answer, and
// while scans are quiet lets all other processes read first, see Config.Quiet.
type ScanReader struct {
	reader *Reader
	worker *hanging.Worker // nil: a goroutine of its own makes each call
	lost   func(path string, err error)
}

// NewScanReader returns a reader for one goroutine.
func (e *Engine) NewScanReader() *ScanReader { return &ScanReader{reader: e.NewReader()} }

// NewWorkerReader returns a reader for a worker of the engine's Hangs. It costs less per
// file. When a file hangs, lost is called instead of a return from Read, see
// files.Worker.Ask. The error is that of Read.
func (e *Engine) NewWorkerReader(worker *hanging.Worker, lost func(path string, err error)) *ScanReader {
	r := &ScanReader{reader: e.NewReader(), worker: worker, lost: lost}
	r.reader.step = worker.Step
	return r
}

// Read is Reader.Read. The error matches hanging.ErrHangs where the disk does not answer.
func (r *ScanReader) Read(ctx context.Context, root, path string) (f File, err error) {
	engine := r.reader.engine
	if r.worker == nil {
		return engine.readWithin(ctx, scanWait, root, path, engine.pace.yieldDisk)
	}
	failed := func(err error) error { return fmt.Errorf("read %s: %w", path, err) }
	askErr := r.worker.Ask(ctx, filepath.Dir(path), func(err error) { r.lost(path, failed(err)) }, func() {
		defer engine.pace.yieldDisk()()
		f, err = r.reader.Read(ctx, root, path)
	})
	if askErr != nil {
		return File{Path: path}, failed(askErr)
	}
	return f, err
}

// atOnce is the yield of a read that somebody waits for.
func atOnce() (restore func()) { return func() {} }

// readWithin reads a file, between yield and what yield returns. The error matches
// hanging.ErrHangs where the disk does not answer in time.
func (e *Engine) readWithin(ctx context.Context, wait time.Duration, root, path string, yield func() (restore func())) (File, error) {
	type result struct {
		file File
		err  error
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	read := make(chan result, 1)
	err := e.hangs.Do(waiting, path, func() {
		defer yield()()
		file, err := e.NewReader().Read(ctx, root, path)
		read <- result{file, err}
	})
	if err != nil {
		return File{Path: path}, fmt.Errorf("read %s: %w", path, cmp.Or(ctx.Err(), hanging.ErrHangs))
	}
	found := <-read
	return found.file, found.err
}
