import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runJSON, warmArgs } from '../../src/core/cli';

function program(t: TestContext, body: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'symcache-test-'));
  t.after(() => { rmSync(dir, { recursive: true }); });
  const file = join(dir, 'symcache');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('what a command prints is its answer, also where it fails', async t => {
  assert.deepEqual(await runJSON(program(t, 'echo "{\\"args\\": \\"$*\\"}"'), ['stats']), { args: 'stats --json' });
  assert.deepEqual(await runJSON(program(t, 'echo \'{"damaged": 1}\'; exit 1'), ['verify']), { damaged: 1 });
});

test('a command without an answer failed, and says why', async t => {
  await assert.rejects(runJSON(program(t, 'echo first >&2; echo why >&2; exit 1'), ['stats']), /^Error: why$/);
  await assert.rejects(runJSON(program(t, 'exit 7'), ['stats']), /symcache stats ended with code 7/);
  await assert.rejects(runJSON('/does/not/exist', ['stats']), /ENOENT/);
});

test('what is not to be parsed is not warmed either', () => {
  assert.deepEqual(warmArgs(['/a', '/b'], {}), ['warm', '/a', '/b']);
  assert.deepEqual(warmArgs(['/a'], { exclude: ['*.pb.go', '-x', 1], maxFileSize: 1000, limit: 5 }),
    ['warm', '--exclude=*.pb.go', '--exclude=-x', '--max-file-size=1000', '/a']);
  assert.deepEqual(warmArgs(['/a'], { include: ['src/app', 2] }), ['warm', '--include=src/app', '/a']);
  assert.deepEqual(warmArgs(['/a'], { macros: ['T(_, name)', 2] }), ['warm', '--macro=T(_, name)', '/a']);
  assert.deepEqual(warmArgs(['/a'], { followLinks: true }), ['warm', '--follow-links', '/a']);
  assert.deepEqual(warmArgs(['/a'], { maxFileSize: '500 KiB' }), ['warm', '--max-file-size=500 KiB', '/a']);
  assert.deepEqual(warmArgs(['/a'], { exclude: 'x', maxFileSize: true }), ['warm', '/a'], 'as the server does');
});

test('a command is ended when it is cancelled', async t => {
  const controller = new AbortController();
  const running = runJSON(program(t, 'exec sleep 60'), ['warm'], controller.signal);
  controller.abort();
  await assert.rejects(running, /cancelled/);
});
