#!/usr/bin/env bash
# test.sh WINE PACKAGE...: runs the tests of packages built for Windows, and then the program on the source of this
# repository, with the Wine that install.sh has put into the directory WINE. What Wine itself cannot do is listed in the file known; a listed test that passes is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."
wine=$(realpath "${1:?usage: test.sh WINE PACKAGE...}") && shift
# A Windows for this run alone, which ends with it.
export WINEPREFIX && WINEPREFIX=$(mktemp -d "$wine/run.XXXXXX")
server=$wine/root/usr/lib/wine/wineserver
end() {
  "$server" -k || true
  "$server" -w
  rm -rf "$WINEPREFIX"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
cp -a "$wine/prefix/." "$WINEPREFIX"
"$server" -p # stays until the end, instead of starting for each program
# So do the services of Windows, which would otherwise hold the output of the first test open.
"$wine/wine" wineboot </dev/null >/dev/null 2>&1

export GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc
run() {
  go test -exec "$wine/wine" "$@" &
  wait $! # unlike a command in the foreground it lets a signal end this script
}
code=0
for package in "$@"; do
  listed=$(awk -v package="$package" '$1 == package {print $2}' testdata/wine/known)
  run -short -timeout 20m ${listed:+-skip "^($(paste -sd'|' <<<"$listed"))\$"} "./$package" || code=1
  for test in $listed; do
    if run -timeout 1m -run "^${test//\//\$/^}\$" "./$package" >/dev/null 2>&1; then
      echo "test.sh: $test of $package passes: remove it from testdata/wine/known" >&2
      code=1
    fi
  done
done

# The program itself, with spaces in the names of its cache and its tree.
export SYMCACHE_DIR='C:\a cache'
exe=$WINEPREFIX/drive_c/symcache.exe tree='C:\a tree'
go build -o "$exe" ./cmd/symcache
mkdir "$WINEPREFIX/drive_c/a tree"
cp -r cachestore lsp "$WINEPREFIX/drive_c/a tree"
# says PATTERN ARGUMENT...: the program succeeds and prints a line like this.
says() {
  local pattern=$1 output
  shift
  output=$(timeout 120 "$wine/wine" "$exe" "$@" 2>&1) && grep -Eq "$pattern" <<<"$output" && return
  printf 'test.sh: symcache %s does not print "%s" but:\n%s\n' "$*" "$pattern" "$output" >&2
  code=1
}
says '^[0-9]+ files: [1-9][0-9]* parsed, .* 0 failed' warm "$tree"
says '^[0-9]+ files: 0 parsed, .* 0 failed' warm "$tree"
says '^function +TestMain +C:\\a tree\\cachestore\\main_test.go:' query TestMain "$tree"
says '^C:\\a cache: [1-9][0-9]* summaries of 1 tree' stats
says '^all is well: [1-9][0-9]* summaries of 1 tree' verify
says '^kept [1-9][0-9]* summaries' gc
says '^all is well' doctor
if timeout 120 "$wine/wine" "$exe" doctor 2>&1 | grep '^watches'; then
  echo "test.sh: doctor tells a limit that Windows does not have" >&2
  code=1
fi
says '^removed [1-9][0-9]* summaries of 1 tree' clear --yes
exit "$code"
