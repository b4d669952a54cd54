#!/usr/bin/env bash
# install.sh DEST: installs a real VS Code (server, workbench, Node extension host) into DEST, and with
# apt, as root, what drives it.
#
# The npm package code-server ships the whole of VS Code, with the extensions it is released with. Its
# wrapper is not used, so none of its install scripts runs: they download a ripgrep.
set -euo pipefail
dest=${1:?usage: install.sh DEST}
version=4.100.3 # VS Code 1.100.3; runs on Node.js 20

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need chromium chromium
need rg ripgrep
need g++ g++
need make make
need python3 python3
need pkg-config pkg-config
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || packages+=(fonts-dejavu-core)
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "the tests need some packages: sudo apt-get install --no-install-recommends ${packages[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -q -y --no-install-recommends "${packages[@]}"
fi

ready=$dest/.ready-$version
[ -e "$ready" ] && exit 0
mkdir -p "$dest"
npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$dest" "code-server@$version"
cd "$dest/node_modules/code-server/lib/vscode"
npm install --ignore-scripts --omit=dev --no-audit --no-fund
npm install --ignore-scripts --omit=dev --no-audit --no-fund --prefix extensions # tsserver
npm rebuild --foreground-scripts @vscode/spdlog native-watchdog
# Its second step fails without node-gyp, and is for its developers.
npm rebuild --foreground-scripts node-pty || test -e node_modules/node-pty/build/Release/pty.node
mkdir -p node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
ln -sfn node_modules node_modules.asar
touch "$ready"
