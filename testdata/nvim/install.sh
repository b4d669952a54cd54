#!/usr/bin/env bash
# install.sh DEST [SUITE]: Neovim of another Debian suite, for the tests. It is unpacked into DEST
# with its own loader and libraries, so nothing on the machine changes; DEST/nvim runs it.
#   SUITE sid (default) has Neovim 0.12, trixie 0.10, bookworm 0.7.
# Needs root and debootstrap. Takes about half a minute, and nothing when it is there already.
set -euo pipefail
dest=$(realpath -m "${1:?usage: install.sh DEST [SUITE]}") suite=${2:-sid}
[ -x "$dest/nvim" ] && exec "$dest/nvim" --version >/dev/null
mirror=$(sed -nE 's/^(URIs:|deb( \[[^]]*\])?) *([^ ]+).*/\3/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)
rm -rf "$dest" && mkdir -p "$dest"
debootstrap --variant=minbase --include=neovim "$suite" "$dest/root" "${mirror:-http://deb.debian.org/debian}" >"$dest/log" 2>&1 ||
  { tail -20 "$dest/log" >&2; exit 1; }
root=$dest/root libs=/usr/lib/$(uname -m)-linux-gnu
loader=$(find "$root/usr" -name 'ld-linux-*.so.*' -print -quit)
cat >"$dest/nvim.new" <<EOF
#!/bin/sh
VIMRUNTIME=$root/usr/share/nvim/runtime exec $loader --library-path $root$libs:$root/lib/$(uname -m)-linux-gnu $root/usr/bin/nvim "\$@"
EOF
chmod +x "$dest/nvim.new" && mv "$dest/nvim.new" "$dest/nvim"
"$dest/nvim" --version >/dev/null
