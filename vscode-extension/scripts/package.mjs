// package.mjs [--target T] [--server FILE] builds the VSIX of a platform with the server's program in it, and
// prints its size and what is in it. Without --server the program is built with Go and a C compiler for the
// target, from $CC or the usual name of it.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// os and arch as Go names them; cc is the C compiler where it is not the machine's own. Alpine's C library is
// another one, so its program is linked statically.
const targets = {
  'linux-x64': { os: 'linux', arch: 'amd64', cc: 'gcc' },
  'linux-arm64': { os: 'linux', arch: 'arm64', cc: 'aarch64-linux-gnu-gcc' },
  'alpine-x64': { os: 'linux', arch: 'amd64', cc: 'musl-gcc', static: true },
  'darwin-x64': { os: 'darwin', arch: 'amd64', cc: 'clang' },
  'darwin-arm64': { os: 'darwin', arch: 'arm64', cc: 'clang' },
  'win32-x64': { os: 'windows', arch: 'amd64', cc: 'x86_64-w64-mingw32-gcc' },
};

const { values } = parseArgs({ options: { target: { type: 'string' }, server: { type: 'string' }, out: { type: 'string' } } });
const target = values.target ?? `${process.platform}-${process.arch}`;
const { os, arch, cc, static: linkStatic } = targets[target] ?? fail(`unknown target ${target}: ${Object.keys(targets).join(', ')}`);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const run = (program, args, options) => execFileSync(program, args, { cwd: root, stdio: 'inherit', ...options });

const program = join(root, 'server', os === 'windows' ? 'symcache.exe' : 'symcache');
rmSync(join(root, 'server'), { recursive: true, force: true });
mkdirSync(join(root, 'server'));
if (values.server !== undefined) {
  copyFileSync(values.server, program);
  chmodSync(program, 0o755);
} else {
  run('go', [
    'build', '-trimpath', '-ldflags', `-s -w${linkStatic ? ' -linkmode external -extldflags -static' : ''}`,
    '-o', program, './cmd/symcache',
  ], { cwd: dirname(root), env: { ...process.env, CGO_ENABLED: '1', GOOS: os, GOARCH: arch, CC: process.env.CC ?? cc } });
}
copyFileSync(join(dirname(root), 'LICENSE'), join(root, 'LICENSE'));
run(process.execPath, ['scripts/build.mjs']);

const out = values.out ?? join(root, 'dist', `symcache-${target}-${version}.vsix`);
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
run(process.execPath, [vsce, 'package', '--target', target, '--no-dependencies', '--out', out]);
console.log(`${out}: ${(statSync(out).size / 2 ** 20).toFixed(1)} MiB`);

function fail(message) {
  console.error(message);
  process.exit(2);
}
