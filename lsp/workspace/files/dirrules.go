package files

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// dirRules are what Rules know of one directory. They never change, but are replaced.
type dirRules struct {
	known bool        // false: somebody is about to find out
	above *ignore.Dir // the rules of the directory above, from which these follow; nil: it is a root
	seen  evidence    // what the disk said before the ignore files were read
	young bool        // a change may leave seen as it is

	passage
	rules   *ignore.Dir   // for its entries; nil: a walk does not look at them
	filters []*ignore.Dir // what they ignore is left out, too
	names   []string      // of the files that count, see Linked; nil: all do
	repo    *repository   // that the directory belongs to; nil: none
	left    string        // why a walk leaves a directory that it comes to
	depth   int           // below the root
	err     error         // of ignore files that could not be read, or not be used as a whole
}

// passage says how a walk comes to a directory.
type passage struct {
	entered bool         // it does
	only    bool         // of what is in it counts only what git tracks
	written bool         // of what is in it counts only what a program writes
	byIndex bool         // git's index has decided, and may decide otherwise
	by      *ignore.Rule // by which the directory would not be entered, if only or written is set
}

// evidence is what the disk says of a directory that decides on its rules, without the
// texts. While it is the same so are the texts, unless one of them is young.
type evidence struct {
	built  bool   // a build tool fills it
	gone   bool   // nothing is there
	other  bool   // something is there that is no directory
	kernel bool   // the kernel makes up what is in it
	extra  bool   // it is a further working tree, see isExtraTree
	device uint64 // see deviceOf
	marks  []mark
}

// mark is a file that decides.
type mark struct {
	path string
	stat door.Stat
	git  gitDirs // of .git
}

func (e evidence) equal(other evidence) bool {
	return e.built == other.built && e.gone == other.gone && e.other == other.other && e.kernel == other.kernel && e.extra == other.extra && e.device == other.device &&
		slices.Equal(e.marks, other.marks)
}

// has reports whether a file of this name decides in the directory.
func (e evidence) has(name string) bool {
	return slices.ContainsFunc(e.marks, func(m mark) bool { return filepath.Base(m.path) == name })
}

// follow reports whether what is known of a directory was found below these rules.
func (d *dirRules) follow(above *dirRules) bool {
	if above == nil {
		return d.known && d.above == nil
	}
	return d.known && d.above == above.rules
}

// of returns what is known of a directory, or what the disk says. It asks the disk if
// nothing is known and, unless it may trust what is known, each time.
func (r *Rules) of(roots []string, dir string, trust bool) *dirRules {
	root, ok := paths.Deepest(slices.Values(roots), dir)
	if !ok {
		return new(dirRules)
	}
	return r.below(root, dir, trust)
}

// below is of for a directory whose root is known.
func (r *Rules) below(root, dir string, trust bool) *dirRules {
	var above *dirRules
	if dir != root {
		if above = r.below(root, filepath.Dir(dir), trust); above.rules == nil {
			return new(dirRules)
		}
	}
	held := r.hold(dir)
	if trust && held.follow(above) {
		return held
	}
	now, young := r.look(dir, above)
	way := passage{entered: true}
	switch {
	case above == nil:
	case held.follow(above) && held.seen.built == now.built && !held.byIndex:
		way = held.passage
	default:
		way = r.enters(above, dir, now.built, r.looks.Load())
	}
	return r.update(root, dir, above, held, now, young, way)
}

// enters says how a walk comes to a directory below another one.
func (r *Rules) enters(above *dirRules, dir string, built bool, look int64) passage {
	if above.rules == nil || above.depth >= maxWalkDepth || built || r.isOwn(dir) {
		return passage{}
	}
	v, _ := r.judge(above, filepath.Dir(dir), filepath.Base(dir), true, look) // ignore error: ignore files do not count
	return v.passage()
}

// update returns what is known of a directory if the disk still says the same. Else it
// reads the files that decide.
func (r *Rules) update(root, dir string, above, held *dirRules, now evidence, young bool, way passage) *dirRules {
	if held.follow(above) && held.passage == way && !held.young && held.seen.equal(now) {
		return held
	}
	found := &dirRules{known: true, seen: now, passage: way}
	if now.kernel {
		found.left = whyKernel
	}
	switch {
	case above == nil && !now.kernel:
		r.readRoot(found, dir)
	case above != nil:
		found.above, found.depth = above.rules, above.depth+1
		if way.entered && !now.other && !now.kernel {
			r.read(found, root, dir, above)
		}
	}
	found.young = young || IsPassing(found.err)
	r.keep(dir, held, found)
	return found
}

func (d *dirRules) setBase(b base) {
	d.rules, d.filters, d.repo, d.err = b.rules, b.filters, b.repo, b.err
}

// hold returns what is known of a directory before the disk is asked about it. What is
// found then is handed to keep.
func (r *Rules) hold(dir string) *dirRules {
	r.mu.Lock()
	defer r.mu.Unlock()
	held := r.dirs[dir]
	if held == nil {
		held = new(dirRules) // so that Forget finds it
		r.dirs[dir] = held
	}
	return held
}

// keep records what was found, unless Forget was called since hold, or somebody else was
// faster.
func (r *Rules) keep(dir string, held, found *dirRules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.dirs[dir] != held:
	case found.seen.gone: // nobody would tell when it is to be forgotten
		delete(r.dirs, dir)
		delete(r.tops, dir)
	default:
		r.dirs[dir] = found
		if found.above == nil || found.seen.has(".git") {
			r.tops[dir] = true
		}
	}
}

// readRoot reads the rules for the entries of a root.
func (r *Rules) readRoot(d *dirRules, root string) {
	linked, isLinked := r.linked(root)
	if isLinked && linked.Names == nil {
		if d.left = leaves(d.seen, root, root); d.left != "" {
			return
		}
	}
	d.setBase(r.base(root))
	d.names = linked.Names
	if include := r.settings.Load().Include; include != nil && !isLinked {
		d.filters = append(d.filters, include.Top())
	}
}

// leaves returns why a walk leaves a directory that it comes to, which is empty where it does
// not: by the directory's own word nothing in it is a source of this tree.
func leaves(seen evidence, root, dir string) (why string) {
	switch {
	case seen.has(cacheTagName) && isCacheTag(root, filepath.Join(dir, cacheTagName)):
		return whyCache
	case seen.extra:
		return whyWorktree
	case !seen.has(".git") && slices.ContainsFunc(environmentMarks[:], seen.has):
		return whyEnv
	}
	return ""
}

// read reads the rules for the entries of a directory below a root, unless a walk leaves it.
func (r *Rules) read(d *dirRules, root, dir string, above *dirRules) {
	if d.left = leaves(d.seen, root, dir); d.left != "" {
		return
	}
	var filters []*ignore.Dir
	for _, filter := range above.filters {
		filters = append(filters, filter.Enter(filepath.Base(dir)))
	}
	if d.seen.has(".git") { // a repository within the tree has rules of its own
		d.setBase(r.base(dir))
		d.filters, d.only, d.written = append(d.filters, filters...), false, false
		return
	}
	d.rules, d.filters, d.repo = above.rules.Enter(filepath.Base(dir)), filters, above.repo
	if len(d.seen.marks) > 0 {
		d.rules, d.err = WithFiles(d.rules, root, dir)
	}
}

// look asks the disk about a directory.
func (r *Rules) look(dir string, above *dirRules) (now evidence, young bool) {
	info, err := os.Lstat(dir)
	if now.gone = door.IsGone(err); err == nil {
		now.device, now.other = deviceOf(info), !info.IsDir()
	}
	now.kernel = (above == nil || now.device != above.seen.device) && isKernels(dir)
	if above == nil {
		now.marks, young = r.rootMarks(dir)
		now.extra = r.isExtra(now, dir)
		return now, young
	}
	now.built = isBuildOutput(filepath.Base(dir), unread(filepath.Dir(dir)))
	now.marks, young = r.marks(nil, dir, mayHave(dir))
	now.extra = now.isExtra(r.Roots())
	return now, young
}

// isExtra is isExtraTree for a root, which is none where somebody has named it.
func (r *Rules) isExtra(now evidence, root string) bool {
	_, linked := r.linked(root)
	return linked && now.isExtra(r.Roots())
}

// isExtra is isExtraTree for the directory.
func (e evidence) isExtra(roots []string) bool {
	i := slices.IndexFunc(e.marks, func(m mark) bool { return m.git.linked() })
	return i >= 0 && isExtraTree(e.marks[i].git, roots)
}

// lookOpen is look for an open directory that was listed. Whether a build tool fills it is
// known from the directory above.
func (r *Rules) lookOpen(dir *os.File, entries listing, above *dirRules) (now evidence, young bool) {
	now.device = deviceOfOpen(dir)
	now.kernel = (above == nil || now.device != above.seen.device) && isKernels(dir.Name())
	if above == nil {
		now.marks, young = r.rootMarks(dir.Name())
		now.extra = r.isExtra(now, dir.Name())
		return now, young
	}
	var decide []string
	for _, e := range entries {
		if Decides(e.Name()) {
			decide = append(decide, e.Name())
		}
	}
	now.marks, young = r.marks(nil, dir.Name(), func(name string) bool { return slices.Contains(decide, name) })
	now.extra = now.isExtra(r.Roots())
	return now, young
}

// mayHave answers for a directory that was not listed. The other files are asked for by
// their Stat.
func mayHave(dir string) func(name string) bool {
	return func(name string) bool { return name != ".git" || unread(dir).has(name) }
}

// marks adds the files that decide in a directory. Young: the text of one of them may
// change without a change of its mark.
func (r *Rules) marks(marks []mark, dir string, has func(name string) bool) (_ []mark, young bool) {
	var files []string
	add := func(names ...string) {
		for _, name := range names {
			if has(name) {
				files = append(files, filepath.Join(dir, name))
			}
		}
	}
	add(cacheTagName)
	add(environmentMarks[:]...)
	readsFiles := r.settings.Load().Defaults.ReadsFiles()
	var ofUser userExcludes
	if has(".git") {
		m := mark{path: filepath.Join(dir, ".git")}
		if readsFiles {
			m.git, ofUser = gitDirectory(dir), r.userExcludes()
		}
		marks = append(marks, m)
		if m.git != (gitDirs{}) {
			files = append(files, excludeFile(m.git), m.git.sparseFile(), m.git.treeConfig())
		}
	}
	if readsFiles {
		add(ignoreFiles[:]...)
	}
	found, young := r.marksOf(files)
	return append(append(marks, found...), ofUser.marks...), young || ofUser.young
}

// rootMarks are the marks of a root: those of the directories from the repository's top
// down. What a root says of itself does not count, as that it is a cache, unless only a link
// leads to it.
func (r *Rules) rootMarks(root string) (marks []mark, young bool) {
	_, linked := r.linked(root)
	if !r.settings.Load().Defaults.ReadsFiles() {
		if linked {
			return r.marks(nil, root, mayHave(root))
		}
		return nil, false
	}
	top, _ := repositoryOf(root)
	for dir := range downTo(top, root) {
		var youngHere bool
		marks, youngHere = r.marks(marks, dir, func(name string) bool {
			ofItself := name == cacheTagName || slices.Contains(environmentMarks[:], name)
			return (!ofItself || linked && dir == root) && (name != ".git" || dir == top) && mayHave(dir)(name)
		})
		young = young || youngHere
	}
	return marks, young
}
