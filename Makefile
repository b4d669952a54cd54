# make        builds ./symcache
# make check  builds, vets, lints and runs the tests that need only Go, git and a C compiler; two minutes when warm
# make test   installs what all tests need, real editors among them, and runs them all; what CI runs
#
# Tools that the machine lacks are installed with apt (as root, by make test alone) or into .cache.

GOLANGCI_LINT := v2.12.2
ACTIONLINT    := v1.7.12
MINGW         := x86_64-w64-mingw32-gcc
FUZZTIME      ?= 30s
FOR           ?= 1h

.PHONY: all build check test unit symbench lint cross windows windows-test extension vsix extension-unit extension-test release release-check soak fuzz bench bench-check clean apt vscode
all: build

build:
	go build -o symcache ./cmd/symcache

check: build lint cross
	go test ./...

test: lint cross windows unit symbench extension-test release-check

# The tests themselves. SYMCACHE_TEST_LONG has the crash tests run all their rounds, and the one of freshness a minute.
unit: .cache/nvim/nvim .cache/nvim10/nvim .cache/nvim07/nvim
	SYMCACHE_TEST_LONG=1 go test -race -tags editors -timeout 40m ./...

# The ruler's own tests, and its short form on a tiny tree. See cmd/symbench/README.md.
symbench: build
	cd cmd/symbench && go vet ./... && go test -race ./... && go run . --symcache $(CURDIR)/symcache --short

# Its cache is this checkout's own: shared between checkouts, it reports what it found in files of another one.
lint: .cache/bin/golangci-lint-$(GOLANGCI_LINT) .cache/bin/actionlint-$(ACTIONLINT)
	GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $< run --build-tags editors ./...
	.cache/bin/actionlint-$(ACTIONLINT)

# Everything but extraction has to build without cgo, on all systems.
cross:
	for os in linux darwin windows; do CGO_ENABLED=0 GOOS=$$os go vet ./... || exit 1; done

# The whole program for Windows.
windows: apt
	mkdir -p .cache
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=$(MINGW) go build -o .cache/symcache.exe ./cmd/symcache

# The packages that know what Windows does differently, and the program itself on a real tree, run by Wine.
WINDOWS_PACKAGES := cachestore watcher watcher/sharing lsp/index lsp/workspace lsp/workspace/bindings lsp/workspace/contents lsp/workspace/scan lsp/workspace/links lsp/workspace/files lsp/workspace/files/door lsp/workspace/files/gitconfig lsp/workspace/files/hanging lsp/workspace/files/ignore cachestore/mapping
windows-test: windows .cache/wine/wine
	testdata/wine/test.sh .cache/wine $(WINDOWS_PACKAGES)

# The VS Code extension with the program in it, vscode-extension/dist/*.vsix, for this machine or TARGET, one of
# vscode-extension/scripts/targets.json. Needs Node.js 20 and npm.
extension vsix: vscode-extension/node_modules/.package-lock.json
	cd vscode-extension && rm -f dist/*.vsix && npm run package $(if $(TARGET),-- --target $(TARGET))

# Its type check, lint and unit tests, and the check that its settings are the server's.
extension-unit: vscode-extension/node_modules/.package-lock.json
	cd vscode-extension && npm test

# The same and its sessions in a real VS Code, driven in Chromium.
extension-test: extension extension-unit vscode
	cd vscode-extension && npm run test:e2e

# What a release consists of, in .cache/release, for TARGETS of vscode-extension/scripts/targets.json; by default those
# that this machine can build. It publishes nothing.
release: vscode-extension/node_modules/.package-lock.json
	node .ci/release/release.mjs --out .cache/release $(TARGETS)

# The same, installed and run: in an empty root, in a bare Debian, by npm.
release-check: apt release
	.ci/release/check .cache/release

# What depends on chance, for as long as FOR says: the store under random operations, kills and races, and the
# freshness of answers under random changes of files by several processes. Then, for as long again, the memory of
# a server at work, which the race detector would blur.
soak:
	SYMCACHE_TEST_FOR=$(FOR) go test -race -v -timeout 0 -run 'Test(Soak|Fresh)$$' ./cachestore ./lsp/workspace
	SYMCACHE_TEST_FOR=$(FOR) go test -v -timeout 0 -run 'TestSoak$$' ./lsp

# Every fuzz target for FUZZTIME, one after the other.
fuzz:
	.ci/fuzz $(FUZZTIME)

# All benchmarks, and the comparison with peers: make bench TREES="--tree kubernetes=DIR --tree linux=DIR"
bench: build
	go test -run '^$$' -bench . ./...
	cd cmd/symbench && go run . --symcache $(CURDIR)/symcache $(TREES)

# Ratios to peers in one run, compared with those of cmd/symbench/baseline.json: names what is slower by a fifth, and
# fails then. Under 5 minutes. After a change that is meant to cost time: make bench-check ARGS=--update-baseline
bench-check: build
	cd cmd/symbench && go run . --symcache $(CURDIR)/symcache --check baseline.json $(ARGS)

clean:
	rm -rf symcache .cache

# Looked for each time: a checkout may come to another machine, and packages go.
apt:
	.ci/apt

# Neovim 0.12, 0.10 and 0.7, of three suites of Debian.
.cache/nvim/nvim: SUITE := sid
.cache/nvim10/nvim: SUITE := trixie
.cache/nvim07/nvim: SUITE := bookworm
.cache/nvim/nvim .cache/nvim10/nvim .cache/nvim07/nvim: testdata/nvim/install.sh | apt
	$< $(@D) $(SUITE)

vscode-extension/node_modules/.package-lock.json: vscode-extension/package-lock.json
	cd vscode-extension && npm ci --ignore-scripts
	touch $@

# The script knows itself whether what is there is of use.
vscode: apt
	vscode-extension/test/e2e/install.sh .cache/vscode

# Wine of another suite of Debian, too.
.cache/wine/wine: testdata/wine/install.sh | apt
	$< $(@D)

.cache/bin/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(CURDIR)/.cache/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv .cache/bin/golangci-lint $@

.cache/bin/actionlint-$(ACTIONLINT):
	GOBIN=$(CURDIR)/.cache/bin go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)
	mv .cache/bin/actionlint $@
