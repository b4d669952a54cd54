package files

import (
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/gitconfig"
)

// maxGitConfig bounds a file of git's configuration, in bytes. People's have some KB.
const maxGitConfig = 1 << 20

// userExcludes is the ignore file of the user that holds for all repositories.
type userExcludes struct {
	path  string   // canonical; empty: there is none
	files []string // canonical paths of all that decide on it, itself among them
	marks []mark   // of these
	young bool     // a change may leave marks as they are
}

// userExcludes returns the user's excludes as they are now. They are the user's own and no
// part of a tree: links to them, as programs make that keep configurations, are followed.
func (r *Rules) userExcludes() userExcludes {
	if r.config.Getenv == nil {
		return userExcludes{}
	}
	known := r.user.Load()
	if known != nil && !known.young {
		if marks, young := r.marksOf(known.files); !young && slices.Equal(marks, known.marks) {
			return *known
		}
	}
	canonical := func(path string) string {
		path, _ = door.CanonicalPath(path) // ignore error: it is the path then
		return path
	}
	user := gitconfig.User{Getenv: r.config.Getenv, Home: r.config.Home, Read: func(path string) ([]byte, error) {
		path = canonical(path)
		return door.ReadSmall(filepath.Dir(path), path, maxGitConfig)
	}}
	path, decide := user.Excludes()
	if path != "" {
		path = canonical(path)
	}
	now := userExcludes{path: path}
	for _, file := range append(decide, path) {
		if file != "" {
			now.files = append(now.files, canonical(file))
		}
	}
	now.marks, now.young = r.marksOf(now.files)
	r.user.Store(&now)
	return now
}

// marksOf returns the marks of files that are there.
func (r *Rules) marksOf(files []string) (marks []mark, young bool) {
	for _, path := range files {
		stat, regular, err := door.StatPath(path)
		if door.IsGone(err) {
			continue
		}
		young = young || err != nil || regular && stat.Racy(r.config.Now())
		marks = append(marks, mark{path: path, stat: stat})
	}
	return marks, young
}
