// package.mjs [--target T] builds the VSIX of a platform with the server's program in it, and prints what is in it
// and its size. The program is built with Go and a C compiler for the target: $CC, or the one that targets.json names
// beside os and arch in Go's words. Alpine's C library is another one, so its program is linked statically.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { target: { type: 'string' } } });
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = file => JSON.parse(readFileSync(join(root, file), 'utf8'));
const targets = read('scripts/targets.json');
const target = values.target ?? `${process.platform}-${process.arch}`;
const { os, arch, cc, static: linkStatic } = targets[target] ?? fail(`unknown target ${target}: ${Object.keys(targets).join(', ')}`);

const { version } = read('package.json');
const run = (program, args, options) => execFileSync(program, args, { cwd: root, stdio: 'inherit', ...options });

const program = join(root, 'server', os === 'windows' ? 'symcache.exe' : 'symcache');
rmSync(join(root, 'server'), { recursive: true, force: true });
mkdirSync(join(root, 'server'));
run('go', [
  'build', '-trimpath', '-ldflags', `-s -w${linkStatic ? ' -linkmode external -extldflags -static' : ''}`,
  '-o', program, './cmd/symcache',
], { cwd: dirname(root), env: { ...process.env, CGO_ENABLED: '1', GOOS: os, GOARCH: arch, CC: process.env.CC ?? cc } });
copyFileSync(join(dirname(root), 'LICENSE'), join(root, 'LICENSE'));
run(process.execPath, ['scripts/build.mjs']);
run(process.execPath, ['scripts/notices.mjs', program]);

const out = join(root, 'dist', `symcache-${target}-${version}.vsix`);
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
run(process.execPath, [vsce, 'package', '--target', target, '--no-dependencies', '--out', out]);
const { size } = statSync(out);
console.log(`${out}: ${size.toLocaleString('en-US')} bytes, ${(size / 2 ** 20).toFixed(1)} MiB`);

function fail(message) {
  console.error(message);
  process.exit(2);
}
