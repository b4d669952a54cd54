package files

import (
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/door"
)

// cacheTagName is a file by which a directory says that it is a cache.
const cacheTagName = "CACHEDIR.TAG"

// environmentMarks lie in the environments of Python: of venv and virtualenv, and of conda.
var environmentMarks = [...]string{"pyvenv.cfg", "conda-meta"}

// buildFiles lie beside a directory "target" that a build tool fills.
var buildFiles = [...]string{"Cargo.toml", "pom.xml", "build.sbt"}

// Decides reports whether a file of this name changes what a walk finds beside and below
// it.
func Decides(name string) bool {
	return IsIgnoreFile(name) || name == ".git" || name == cacheTagName ||
		slices.Contains(environmentMarks[:], name) || slices.Contains(buildFiles[:], name)
}

// DefaultExcludes are patterns, in gitignore syntax, of what is not walked unless an
// ignore file says otherwise: the databases of version control systems, and what package
// managers and tools put beside the source. "target" and "build" are not among them,
// since both are names of source directories too (Linux has drivers/target). Build output
// is known by its CACHEDIR.TAG, or by a build file beside it.
func DefaultExcludes() []string {
	return []string{
		".git", ".hg", ".svn", ".jj", ".bzr", "CVS/",
		"node_modules/", "bower_components/", "jspm_packages/",
		"__pycache__/", ".venv/", ".tox/", ".nox/", ".mypy_cache/", ".pytest_cache/", ".ruff_cache/", ".eggs/",
		".gradle/", ".cargo/", ".terraform/", ".bundle/", ".next/", ".nuxt/", ".svelte-kit/", ".parcel-cache/",
		".cache/", ".yarn/", ".pnpm-store/",
	}
}

// isBuildOutput reports whether a build tool fills a directory, by the build file that
// lies beside it.
func isBuildOutput(name string, beside names) bool {
	return name == "target" && slices.ContainsFunc(buildFiles[:], beside.has)
}

// isCacheTag knows a tag by its first bytes, see https://bford.info/cachedir.
func isCacheTag(root, path string) bool {
	const signature = "Signature: 8a477f597d28d172789f06886806bc55"
	head, err := door.ReadHead(root, path, int64(len(signature)))
	return err == nil && string(head) == signature
}
