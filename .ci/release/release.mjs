// release.mjs [--out DIR] [TARGET...] makes what a release of symcache consists of, for targets of
// vscode-extension/scripts/targets.json (default: those that a Debian machine builds for x64), and prints each file
// with its size. It publishes nothing.
//
//   symcache-VERSION-TARGET.tar.gz or .zip   the program, its manual page, shell completions, licences; of Linux x64 it is static
//   symcache_VERSION_amd64.deb               the same as a Debian package
//   npm/*.tgz                                symcache, and a package with the program for each target
//   symcache-TARGET-VERSION.vsix             the VS Code extension
//   SHA256SUMS
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildProgram, programName, targets } from '../../vscode-extension/scripts/program.mjs';

const { values, positionals } = parseArgs({ options: { out: { type: 'string', default: 'dist' } }, allowPositionals: true });
const here = dirname(fileURLToPath(import.meta.url));
const repository = dirname(dirname(here));
const extension = join(repository, 'vscode-extension');
const { version, license, homepage, repository: source } = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
const out = resolve(values.out);
const work = mkdtempSync(join(tmpdir(), 'symcache-release-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const run = (program, args, options) => execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const writeJSON = (file, value) => write(file, `${JSON.stringify(value, null, 2)}\n`);

const shells = { bash: 'symcache', zsh: '_symcache', fish: 'symcache.fish' };
const completion = shell => execFileSync(native, ['completion', shell]);
const manual = () => execFileSync(native, ['man']);
// The program that runs here: manual and completions are the same on all systems.
const nativeTarget = process.platform === 'linux' ? 'alpine-x64' : `${process.platform}-${process.arch}`;
const native = join(work, nativeTarget, programName(nativeTarget));
buildProgram(nativeTarget, native);

// The static program is the one of Linux x64, whatever the C library there.
const archiveName = target => target === 'alpine-x64' ? 'linux-x64' : target;

function archive(target, program) {
  const name = `symcache-${version}-${archiveName(target)}`;
  const dir = join(work, name);
  mkdirSync(dir, { recursive: true });
  cpSync(program, join(dir, programName(target)));
  for (const file of ['LICENSE', 'README.md']) {
    cpSync(join(repository, file), join(dir, file));
  }
  notices(program, join(dir, 'ThirdPartyNotices.txt'));
  write(join(dir, 'symcache.1'), manual());
  for (const [shell, file] of Object.entries(shells)) {
    write(join(dir, 'completions', shell, file), completion(shell));
  }
  if (targets[target].os === 'windows') {
    run('python3', ['-m', 'zipfile', '-c', join(out, `${name}.zip`), name], { cwd: work });
  } else {
    const owner = process.platform === 'linux' ? ['--sort=name', '--owner=0', '--group=0', '--numeric-owner'] : [];
    run('tar', [...owner, '-czf', join(out, `${name}.tar.gz`), name], { cwd: work });
  }
}

function notices(program, file) {
  run(process.execPath, [join(extension, 'scripts', 'notices.mjs'), program, file]);
}

function debianPackage(program) {
  const dir = join(work, 'deb');
  const place = (from, to) => {
    mkdirSync(dirname(join(dir, to)), { recursive: true });
    cpSync(from, join(dir, to));
  };
  place(program, 'usr/bin/symcache');
  place(join(repository, 'README.md'), 'usr/share/doc/symcache/README.md');
  write(join(dir, 'usr/share/man/man1/symcache.1.gz'), gzipSync(manual(), { level: 9 }));
  notices(program, join(work, 'notices'));
  write(join(dir, 'usr/share/doc/symcache/copyright'),
    `${readFileSync(join(repository, 'LICENSE'), 'utf8')}\n${readFileSync(join(work, 'notices'), 'utf8')}`);
  const directories = { bash: 'bash-completion/completions', zsh: 'zsh/vendor-completions', fish: 'fish/vendor_completions.d' };
  for (const [shell, file] of Object.entries(shells)) {
    write(join(dir, 'usr/share', directories[shell], file), completion(shell));
  }
  const size = execFileSync('du', ['-sk', dir], { encoding: 'utf8' }).split('\t')[0];
  write(join(dir, 'DEBIAN/control'), [
    'Package: symcache', `Version: ${version}`, 'Architecture: amd64', 'Section: devel', 'Priority: optional',
    `Installed-Size: ${size}`, `Homepage: ${homepage}`, 'Maintainer: The symcache authors <symcache@users.noreply.github.com>',
    'Description: symbols of source trees at once, beside language servers',
    ' symcache answers outlines and symbol searches over LSP while the language',
    ' server of an editor is still loading. It parses each file content once.', '',
  ].join('\n'));
  run('chmod', ['-R', 'u=rwX,go=rX', dir]);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', dir, join(out, `symcache_${version}_amd64.deb`)]);
}

const described = {
  version, license, homepage, repository: { type: source.type, url: source.url },
};

// npmName has npm's words for a target: its os and cpu.
const npmName = target => archiveName(target);

function npmPlatform(target, program) {
  const dir = join(work, 'npm', npmName(target));
  mkdirSync(join(dir, 'bin'), { recursive: true });
  cpSync(program, join(dir, 'bin', programName(target)));
  chmodSync(join(dir, 'bin', programName(target)), 0o755);
  cpSync(join(repository, 'LICENSE'), join(dir, 'LICENSE'));
  notices(program, join(dir, 'ThirdPartyNotices.txt'));
  const [os, cpu] = npmName(target).split('-');
  writeJSON(join(dir, 'package.json'), {
    name: `@symcache/${npmName(target)}`, description: `The program symcache for ${npmName(target)}.`, ...described, os: [os], cpu: [cpu],
  });
  npmPack(dir);
}

function npmMain(names) {
  const dir = join(work, 'npm', 'symcache');
  mkdirSync(join(dir, 'bin'), { recursive: true });
  cpSync(join(here, 'npm', 'symcache.js'), join(dir, 'bin', 'symcache.js'));
  for (const file of ['LICENSE', 'README.md']) {
    cpSync(join(repository, file), join(dir, file));
  }
  write(join(dir, 'man', 'symcache.1'), manual());
  writeJSON(join(dir, 'package.json'), {
    name: 'symcache', description: 'The symbols of your source tree, at once.', ...described,
    bin: { symcache: 'bin/symcache.js' }, man: ['man/symcache.1'], engines: { node: '>=18' },
    optionalDependencies: Object.fromEntries(names.map(name => [`@symcache/${name}`, version])),
  });
  npmPack(dir);
}

function npmPack(dir) {
  mkdirSync(join(out, 'npm'), { recursive: true });
  run('npm', ['pack', '--silent', '--pack-destination', join(out, 'npm'), dir]);
}

function vsix(target) {
  run(process.execPath, [join(extension, 'scripts', 'package.mjs'), '--target', target]);
  const file = `symcache-${target}-${version}.vsix`;
  cpSync(join(extension, 'dist', file), join(out, file));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const wanted = positionals.length > 0 ? positionals : ['alpine-x64', 'win32-x64'];
for (const target of wanted) {
  const program = join(work, target, programName(target));
  if (target !== nativeTarget) {
    buildProgram(target, program);
  }
  archive(target, program);
  npmPlatform(target, program);
  vsix(target);
  if (target === 'alpine-x64') {
    debianPackage(program);
    vsix('linux-x64');
  }
}
// Every platform that has a package, whichever are made here.
npmMain(Object.keys(targets).filter(target => target !== 'linux-x64').map(npmName));

const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  .map(entry => relative(out, join(entry.parentPath, entry.name))).sort();
const sum = file => createHash('sha256').update(readFileSync(join(out, file))).digest('hex');
writeFileSync(join(out, 'SHA256SUMS'), files.map(file => `${sum(file)}  ${file}\n`).join(''));
for (const file of files) {
  console.log(`${(statSync(join(out, file)).size / 2 ** 20).toFixed(1).padStart(6)} MiB  ${join(values.out, file)}`);
}
