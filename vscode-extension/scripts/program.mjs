// What the extension's package and the release have in common: the program of a target, one of targets.json. It needs
// Go and a C compiler for the target: $CC, or the one that targets.json names beside os and arch in Go's words.
// Alpine's C library is another one, so its program is linked statically; it runs on every Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const repository = dirname(dirname(here));

export const targets = JSON.parse(readFileSync(join(here, 'targets.json'), 'utf8'));

// buildProgram builds the program of a target into a file.
export function buildProgram(target, out) {
  const { os, arch, cc, static: linkStatic } = targets[target] ?? unknown(target);
  execFileSync('go', [
    'build', '-trimpath', '-ldflags', `-s -w${linkStatic ? ' -linkmode external -extldflags -static' : ''}`,
    '-o', out, './cmd/symcache',
  ], {
    cwd: repository, stdio: 'inherit',
    env: { ...process.env, CGO_ENABLED: '1', GOOS: os, GOARCH: arch, CC: process.env.CC ?? cc },
  });
}

// programName is the file name of a target's program.
export const programName = target => (targets[target] ?? unknown(target)).os === 'windows' ? 'symcache.exe' : 'symcache';

function unknown(target) {
  throw new Error(`unknown target ${target}: ${Object.keys(targets).join(', ')}`);
}
