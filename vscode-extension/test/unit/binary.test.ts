import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { askVersion, findBinary, parseVersion, type Search, type Version } from '../../src/core/binary';

const answer: Version = { version: 'v1.2.3', languages: [{ language: 'go' }] };
const works = () => Promise.resolve(answer);

/** program writes an executable script. */
function program(dir: string, body: string, name = 'symcache'): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

function search(t: TestContext, changes: Partial<Search> = {}): Search & { dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'symcache-test-'));
  t.after(() => { rmSync(dir, { recursive: true }); });
  return {
    dir, setting: '', extensionDir: join(dir, 'extension'), env: { PATH: join(dir, 'bin') }, platform: 'linux',
    home: join(dir, 'home'), ...changes,
  };
}

test('the setting comes first, then the bundled program, then PATH', async t => {
  const s = search(t);
  const onPath = program(join(s.dir, 'bin'), '');
  assert.deepEqual(await findBinary(s, works), { path: onPath, source: 'PATH', version: answer });
  const bundled = program(join(s.extensionDir, 'server'), '');
  assert.deepEqual(await findBinary(s, works), { path: bundled, source: 'bundled', version: answer });
  const own = program(join(s.home, 'go'), '');
  assert.deepEqual(await findBinary({ ...s, setting: '~/go/symcache' }, works),
    { path: own, source: 'setting', version: answer });
});

test('a program that is set and does not work is not replaced by another', async t => {
  const s = search(t);
  program(join(s.dir, 'bin'), '');
  await assert.rejects(findBinary({ ...s, setting: join(s.dir, 'none') }), /"symcache\.path" names .*there is no such file/);
  await assert.rejects(findBinary({ ...s, setting: 'bin/symcache' }), /not an absolute path/);
});

test('a bundled program of another system gives way to PATH', async t => {
  const s = search(t);
  const bundled = program(join(s.extensionDir, 'server'), '');
  writeFileSync(bundled, Buffer.from([0x4d, 0x5a, 0, 0]));
  const onPath = program(join(s.dir, 'bin'), `echo '${JSON.stringify(answer)}'`);
  assert.deepEqual(await findBinary(s), { path: onPath, source: 'PATH', version: answer });
});

test('without any program it is said what to do', async t => {
  const s = search(t);
  await assert.rejects(findBinary(s), /no symcache program in the extension or on PATH.*"symcache\.path"/);
  const broken = program(join(s.dir, 'bin'), 'echo "no such library" >&2; exit 1');
  await assert.rejects(findBinary(s), (err: Error) => err.message.includes(`${broken}: no such library`));
});

test('a program that ends without a word is told by its end', async t => {
  const s = search(t);
  const setting = program(s.dir, 'exit 1');
  await assert.rejects(findBinary({ ...s, setting }), /does not work: it ended with code 1\. /);
  program(s.dir, 'kill -TERM $$');
  await assert.rejects(findBinary({ ...s, setting }), /does not work: it was ended by signal SIGTERM\. /);
});

test('relative directories on PATH are not looked at', async t => {
  const s = search(t, { env: { PATH: ['', '.', 'bin'].join(delimiter) } });
  await assert.rejects(findBinary(s, works), /no symcache program/);
});

test('Windows: Path in any case, and .exe', async t => {
  const s = search(t, { platform: 'win32' });
  const file = program(join(s.dir, 'bin'), '', 'symcache.exe');
  assert.equal((await findBinary({ ...s, env: { Path: join(s.dir, 'bin') } }, works)).path, file);
});

test('a program that is not symcache is known by its answer', async t => {
  const s = search(t);
  await assert.rejects(askVersion(program(s.dir, 'echo hello')), /another program: .* no JSON/);
  await assert.rejects(askVersion(program(s.dir, 'echo "{}"')), /another program: .* no version/);
  assert.throws(() => parseVersion('null'), /no version/);
  assert.deepEqual(await askVersion(program(s.dir, `echo '${JSON.stringify(answer)}'`)), answer);
});
