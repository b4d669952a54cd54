#!/usr/bin/env bash
# install.sh DEST: installs a real VS Code (server, workbench, Node extension host) into DEST. It needs Node.js 20
# and the packages of .ci/apt.
#
# The npm package code-server ships the whole of VS Code, with the extensions it is released with. Its
# wrapper is not used, so none of its install scripts runs: they download a ripgrep.
set -euo pipefail
dest=${1:?usage: install.sh DEST}
version=4.100.3 # VS Code 1.100.3; runs on Node.js 20

self=$(realpath "$0")
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)
# What is compiled is of Node's ABI, and of what is below.
abi=$(node -p process.versions.modules)
ready=$dest/.ready-$version-$abi-$(sha256sum <"$self" | cut -c1-16)
[ -e "$ready" ] && exit 0
rm -f "$dest"/.ready-*
npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$dest" "code-server@$version"
cd "$dest/node_modules/code-server/lib/vscode"
npm install --ignore-scripts --omit=dev --no-audit --no-fund
npm install --ignore-scripts --omit=dev --no-audit --no-fund --prefix extensions # tsserver
rm -rf node_modules/node-pty/build # it may be of another ABI
npm rebuild --foreground-scripts @vscode/spdlog native-watchdog
# Its second step, for its developers, fails loudly where there is no node-gyp.
npm rebuild node-pty >/dev/null 2>&1 || test -e node_modules/node-pty/build/Release/pty.node
mkdir -p node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
ln -sfn node_modules node_modules.asar
touch "$ready"
