package workspace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// DefaultMaxFileSize is the size in bytes above which a file is not parsed.
// Hand-written sources end far below it (the largest C file of Linux has
// 1.3 MB, but for register tables); beyond are generated tables and bundles,
// whose symbols nobody looks for.
const DefaultMaxFileSize = 2 << 20

// binaryWindow is how many bytes are searched for a NUL byte, which makes a
// file a binary one. Git looks at as many.
const binaryWindow = 8000

// headSize is how much of a file without an extension is read to find its
// language in its first line. The kernel reads 256 bytes of a "#!" line.
const headSize = 256

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
type skipError struct{ reason string }

func (e *skipError) Error() string { return "not a source file: " + e.reason }

func (e *skipError) Is(target error) bool { return target == ErrSkipped }

// source is a file's content as it was at one moment.
type source struct {
	path    string
	lang    *language.Language
	content []byte // without a BOM
	hash    cachestore.Hash
}

// reader reads sources; its buffer serves one goroutine.
type reader struct {
	maxFileSize int64
	buf         []byte
}

// read reads a file and hashes it. The content is valid until the next call.
// The error is a *skipError where the file is none of ours.
func (r *reader) read(path string) (source, error) {
	src := source{path: path, lang: symbols.Detect(filepath.Base(path), nil)}
	f, err := openNoBlock(path)
	switch {
	case err == nil:
		defer f.Close()
	case isGone(err):
		return src, &skipError{skipVanished}
	case isIrregular(path): // a link or a socket, which are not even opened
		return src, &skipError{skipNotRegular}
	default:
		return src, err
	}
	info, err := f.Stat()
	if err != nil {
		return src, err
	}
	if !info.Mode().IsRegular() {
		return src, &skipError{skipNotRegular}
	}

	r.buf = r.buf[:0]
	if src.lang == nil {
		if err := r.fill(f, headSize); err != nil {
			return src, fmt.Errorf("read %s: %w", path, err)
		}
		if src.lang = symbols.Detect(filepath.Base(path), r.buf); src.lang == nil {
			return src, &skipError{skipNoLanguage}
		}
	}
	if info.Size() > r.maxFileSize {
		return src, &skipError{skipTooLarge}
	}
	// One byte more than the bound tells of a file that has grown since.
	if err := r.fill(f, int(r.maxFileSize)+1); err != nil {
		return src, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(r.buf)) > r.maxFileSize {
		return src, &skipError{skipTooLarge}
	}
	if isBinary(r.buf) {
		return src, &skipError{skipBinary}
	}
	src.content = symbols.TrimBOM(r.buf)
	src.hash = cachestore.Sum(src.content)
	return src, nil
}

// fill reads until the buffer holds limit bytes or the file ends.
func (r *reader) fill(f *os.File, limit int) error {
	for len(r.buf) < limit {
		if len(r.buf) == cap(r.buf) {
			grown := make([]byte, len(r.buf), max(64<<10, 2*cap(r.buf)))
			copy(grown, r.buf)
			r.buf = grown
		}
		n, err := f.Read(r.buf[len(r.buf):min(cap(r.buf), limit)])
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

// isGone tells errors of paths where nothing is, perhaps since a directory above
// was replaced by a file.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func isIrregular(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && !info.Mode().IsRegular()
}

func isBinary(content []byte) bool {
	return bytes.IndexByte(content[:min(len(content), binaryWindow)], 0) >= 0
}
