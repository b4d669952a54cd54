#!/bin/sh
# record.sh FILE SERVER [ARGUMENT...]: the server, but what its client sends is noted in FILE, a message per line, for
# a case's "replay" (see TestCases in lsp/case_test.go). Give it to an editor as the server's program. Afterwards
# write $ROOT for the workspace's URI, $PATH for its path and $PID for the editor's process, and remove what the
# case is not about.
file=$1
shift
tee "$file.frames" | "$@"
code=$?
sed -E 's/Content-Length: [0-9]+\r$//; s/^\r$//; /^$/d' "$file.frames" >"$file"
rm "$file.frames"
exit $code
