import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, present, warmed, type ServerStatus, type Situation } from '../../src/core/present';
import { actionCommands, statusHtml } from '../../src/core/statusHtml';

const ready: ServerStatus = {
  state: 'ready', roots: ['/a', '/b'], cache: '/cache', files: 4951, symbols: 72_965,
  scan: { files: 4951, done: 4951, report: { files: 4951, parsed: 4844, reused: 106, skipped: 1, failed: 0, elapsed_ms: 2449 } },
};
const running: Situation = { phase: 'running', status: ready, yielded: new Map() };

test('the status bar in each phase', () => {
  const text = (s: Partial<Situation>) => present({ ...running, ...s }).text;
  assert.equal(text({}), '$(zap) symcache');
  assert.equal(text({ status: undefined }), '$(sync~spin) symcache');
  assert.equal(text({ phase: 'starting' }), '$(sync~spin) symcache');
  assert.equal(text({ phase: 'failed', problem: 'why' }), '$(error) symcache');
  assert.equal(text({ phase: 'stopped' }), '$(circle-slash) symcache');
  assert.equal(text({ phase: 'disabled' }), '$(circle-slash) symcache');
  const scanning = (files: number, done: number) =>
    text({ status: { ...ready, state: 'scanning', scan: { files, done } } });
  assert.equal(scanning(4951, 1204), '$(sync~spin) 1,204 / 4,951 files');
  assert.equal(scanning(0, 0), '$(sync~spin) listing files');
});

test('files that could not be read are a warning', () => {
  const report = { ...ready.scan.report, failed: 2 } as NonNullable<ServerStatus['scan']['report']>;
  const p = present({ ...running, status: { ...ready, scan: { ...ready.scan, report } } });
  assert.equal(p.severity, 'warning');
  assert.match(p.detail, /2 files could not be read/);
});

test('a warm-up that left something out says so', () => {
  const report = { files: 10, parsed: 6, reused: 2, skipped: 1, failed: 0, elapsed_ms: 120 };
  assert.deepEqual(warmed(report), { text: 'The workspace is warm: 10 files, 6 parsed and 2 reused in 120 ms.', complete: true });
  const { text, complete } = warmed({ ...report, failed: 1, not_stored: 3 });
  assert.ok(!complete);
  assert.match(text, /, but 1 file could not be read and 3 summaries could not be stored: 10 files/);
});

test('facts', () => {
  const rows = new Map(facts({
    ...running,
    program: { path: '/p/symcache', source: 'bundled', version: 'v1' },
    cache: { root: '/cache', entries: 4844, bytes: 6_920_000, by_language: {} },
    yielded: new Map([['typescript', ['documentSymbol', 'hover']]]),
  }));
  assert.equal(rows.get('State'), 'Ready: 72,965 symbols in 4,951 files');
  assert.equal(rows.get('Last scan'), '2.4 s: 4,844 parsed, 106 reused, 1 skipped, 0 failed');
  assert.equal(rows.get('Cache'), '6.6 MiB on disk, 4,844 summaries');
  assert.equal(rows.get('Folders'), '/a\n/b');
  assert.equal(rows.get('Program'), '/p/symcache (of the extension)');
  assert.equal(rows.get('Left to others, typescript'), 'documentSymbol, hover');
  assert.equal(new Map(facts({ ...running, phase: 'stopped' })).has('Files'), false, 'of a server that runs');
});

test('the status page escapes what it shows, and loads nothing', () => {
  const html = statusHtml({ ...running, status: { ...ready, roots: ['/<script>"&'] } }, 'n0nce');
  assert.ok(html.includes('/&lt;script&gt;&quot;&amp;'));
  assert.ok(!/<script/.test(html));
  assert.ok(html.includes("default-src 'none'; style-src 'nonce-n0nce'"));
  assert.ok(!/https?:/.test(html));
  for (const command of actionCommands) {
    assert.ok(html.includes(`command:${command}`));
  }
});
