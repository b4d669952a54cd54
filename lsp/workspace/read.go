package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// DefaultMaxFileSize is the size in bytes above which a file is not parsed.
// Hand-written sources end far below it (the largest C file of Linux has
// 1.3 MB, but for register tables); beyond are generated tables and bundles,
// whose symbols nobody looks for.
const DefaultMaxFileSize = 2 << 20

// headSize is how much of a file without an extension is read to find its
// language in its first line. The kernel reads 256 bytes of a "#!" line.
const headSize = 256

// readChunk is how much is read, in bytes, before a reader asks whether it is still
// wanted: some 100 us from memory.
const readChunk = 512 << 10

// Why a file is no source, as counted in Report.SkippedReasons.
const (
	skipTooLarge   = "too large"
	skipBinary     = "binary"
	skipNotRegular = "not a regular file"
	skipVanished   = "vanished"
	skipNoLanguage = "no known language"
)

// ErrSkipped is matched by the errors of files that are passed over, which is no
// failure: those too large, binary, gone, not regular or of no known language.
var ErrSkipped = errors.New("not a source file")

// skipError says why.
type skipError struct {
	reason string
	// class is that of a file of which this stays true until it changes.
	class index.Class
}

func (e *skipError) Error() string { return "not a source file: " + e.reason }

func (e *skipError) Is(target error) bool { return target == ErrSkipped }

// source is a file's content as it was at one moment.
type source struct {
	path    string
	stat    index.Stat // of the moment before
	racy    bool       // the next change may leave stat as it is
	lang    *language.Language
	content []byte // as symbols.Text has it
	hash    cachestore.Hash
}

// reader reads sources; its buffer serves one goroutine.
type reader struct {
	maxFileSize int64
	now         func() time.Time
	buf         []byte
}

// read reads a file below a root and hashes it. The content is valid until the next
// call. The error is a *skipError where the file is none of ours, and ctx's when that
// ends between two chunks.
func (r *reader) read(ctx context.Context, root, path string) (source, error) {
	src := source{path: path, lang: symbols.Detect(filepath.Base(path), nil)}
	if err := ctx.Err(); err != nil {
		return src, err
	}
	f, info, err := files.Open(root, path)
	switch {
	case err == nil:
		defer f.Close()
	case files.IsGone(err):
		return src, &skipError{reason: skipVanished}
	case errors.Is(err, files.ErrIrregular):
		return src, &skipError{reason: skipNotRegular}
	default:
		return src, err
	}

	stat := files.StatOpen(f, info)
	src.stat, src.racy = index.Stat(stat), stat.Racy(r.now())

	r.buf = r.buf[:0]
	if src.lang == nil {
		if err := r.fill(ctx, f, headSize); err != nil {
			return src, fmt.Errorf("read %s: %w", path, err)
		}
		if src.lang = symbols.Detect(filepath.Base(path), r.buf); src.lang == nil {
			return src, &skipError{skipNoLanguage, classNoLanguage}
		}
	}
	if info.Size() > r.maxFileSize {
		return src, &skipError{skipTooLarge, classTooLarge}
	}
	// One byte more than the bound tells of a file that has grown since.
	if err := r.fill(ctx, f, int(r.maxFileSize)+1); err != nil {
		return src, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(r.buf)) > r.maxFileSize {
		return src, &skipError{skipTooLarge, classTooLarge}
	}
	var ok bool
	if src.content, ok = symbols.Text(r.buf); !ok {
		return src, &skipError{skipBinary, classBinary}
	}
	if int64(len(src.content)) > r.maxFileSize { // UTF-16 may take more bytes as UTF-8
		return src, &skipError{skipTooLarge, classTooLarge}
	}
	src.hash = cachestore.Sum(src.content)
	return src, nil
}

// fill reads until the buffer holds limit bytes, or the file or ctx ends.
func (r *reader) fill(ctx context.Context, f *os.File, limit int) error {
	for len(r.buf) < limit {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(r.buf) == cap(r.buf) {
			grown := make([]byte, len(r.buf), max(64<<10, 2*cap(r.buf)))
			copy(grown, r.buf)
			r.buf = grown
		}
		n, err := f.Read(r.buf[len(r.buf):min(cap(r.buf), limit, len(r.buf)+readChunk)])
		r.buf = r.buf[:len(r.buf)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
