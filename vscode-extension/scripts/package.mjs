// package.mjs [--target T] builds the VSIX of a platform with the server's program in it, see program.mjs, and prints
// its file and size.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contentUrl } from './links.mjs';
import { buildProgram, programName } from './program.mjs';

const { values } = parseArgs({ options: { target: { type: 'string' } } });
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = values.target ?? `${process.platform}-${process.arch}`;
const { version, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const run = (program, args) => execFileSync(program, args, { cwd: root, stdio: 'inherit' });

const program = join(root, 'server', programName(target));
rmSync(join(root, 'server'), { recursive: true, force: true });
mkdirSync(join(root, 'server'));
buildProgram(target, program);
copyFileSync(join(dirname(root), 'LICENSE'), join(root, 'LICENSE'));
run(process.execPath, ['scripts/build.mjs']);
run(process.execPath, ['scripts/notices.mjs', program, 'ThirdPartyNotices.txt', 'dist/meta.json']);

const out = join(root, 'dist', `symcache-${target}-${version}.vsix`);
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
run(process.execPath, [
  vsce, 'package', '--target', target, '--no-dependencies', '--out', out,
  '--baseImagesUrl', contentUrl(repository, 'raw'), '--baseContentUrl', contentUrl(repository, 'blob'),
]);
const { size } = statSync(out);
console.log(`${out}: ${size.toLocaleString('en-US')} bytes, ${(size / 2 ** 20).toFixed(1)} MiB`);
