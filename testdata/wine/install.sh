#!/usr/bin/env bash
# install.sh DEST: Wine of Debian trixie, for the tests, unpacked into DEST with its own loader and C library. Nothing
# on the machine changes. run.sh runs a Windows program with it.
#   Older versions do not know POSIX deletes, which Windows has since version 1709 and Go uses.
# Needs apt, patchelf and an x86-64 machine. Takes about half a minute, and nothing when it is there already.
set -euo pipefail
dest=$(realpath -m "${1:?usage: install.sh DEST}") suite=trixie
"$dest/wine" --version >/dev/null 2>&1 && [ -d "$dest/prefix" ] && exit
mirror=$(sed -nE 's/^(URIs:|deb( \[[^]]*\])?) *([^ ]+).*/\3/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)
[ -n "$mirror" ] || { echo "install.sh: this machine has no Debian mirror configured" >&2; exit 1; }
rm -rf "$dest" && mkdir -p "$dest"/apt/{lists,cache,log}/partial "$dest/root"
cd "$dest"
exec 3>&1 >log 2>&1
trap '[ $? = 0 ] || tail -20 "$dest/log" >&3' EXIT

# The machine's apt with a state of its own, so that the machine is never offered the other suite.
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >apt/sources.list
: >apt/status
private() {
  apt-get -q -o Dir::Etc::SourceList="$dest/apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$dest/apt/lists" \
    -o Dir::State::status="$dest/apt/status" -o Dir::Cache="$dest/apt/cache" -o Dir::Log="$dest/apt/log" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Update::Error-Mode=any "$@"
}
private update
private download wine64 libwine libz-mingw-w64 libc6 libunwind8 liblzma5 libgcc-s1
for package in *.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C root --no-same-owner --exclude='./usr/share/doc' --exclude='*/i386-windows'
  rm "$package"
done
rm -rf apt

# Most of Wine draws, plays and prints. A program without a window needs these.
modules=root/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
mv "$modules" all && mkdir "$modules"
for name in ntdll apisetschema kernel32 kernelbase advapi32 sechost rpcrt4 msvcrt ucrtbase user32 gdi32 win32u shell32 shlwapi shcore ole32 \
  combase coml2 oleaut32 comctl32 wintrust setupapi cfgmgr32 newdev version ws2_32 mswsock iphlpapi nsi dnsapi netapi32 netutils userenv bcrypt \
  bcryptprimitives crypt32 secur32 psapi imm32; do
  mv "all/$name.dll" "$modules"
done
for name in wineboot services winedevice svchost plugplay rundll32 start cmd conhost explorer rpcss ntoskrnl; do
  mv "all/$name.exe" "$modules"
done
mv all/mountmgr.sys all/nsiproxy.sys "$modules"
cp root/usr/x86_64-w64-mingw32/lib/zlib1.dll "$modules"
rm -r all root/usr/*-w64-mingw32*

libs=$dest/root/usr/lib/x86_64-linux-gnu loader=$(find root/usr/lib* -name 'ld-linux-*.so.*' -print -quit)
patchelf --set-interpreter "$dest/$loader" --set-rpath "$libs" root/usr/lib/wine/wine64
patchelf --set-interpreter "$dest/$loader" --set-rpath "$libs" root/usr/lib/wine/wineserver64
patchelf --set-rpath "$libs" "$libs/wine/x86_64-unix/ntdll.so"
ln -sf wineserver64 root/usr/lib/wine/wineserver # instead of a script that looks in /usr/lib
ln -s . root/usr/share/wine/wine                # where the server looks when it is not in /usr/lib

cat >wine.new <<END
#!/bin/sh
exec env -u DISPLAY -u WAYLAND_DISPLAY WINEDEBUG="\${WINEDEBUG--all}" $dest/root/usr/lib/wine/wine64 "\$@"
END
chmod +x wine.new

# A prefix to copy: a Windows without a program, made once.
mkdir -p prefix.new/drive_c/windows/system32
cp "$modules/zlib1.dll" prefix.new/drive_c/windows/system32
WINEPREFIX=$dest/prefix.new ./wine.new wineboot --init
WINEPREFIX=$dest/prefix.new root/usr/lib/wine/wineserver -k || true
WINEPREFIX=$dest/prefix.new root/usr/lib/wine/wineserver -w
mv prefix.new prefix && mv wine.new wine
