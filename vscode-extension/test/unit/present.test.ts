import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileStatus, type ActiveFile } from '../../src/core/fileStatus';
import {
  cacheText, groups, parts, present, progressText, served, tooltipLines, warmed, type ServerStatus, type Situation,
} from '../../src/core/present';
import { isPlace, leftOutRows } from '../../src/core/leftOut';
import { actionCommands, statusHtml } from '../../src/core/statusHtml';

const ready: ServerStatus = {
  state: 'ready', roots: ['/home/me/a', '/b'], cache: '/home/me/.cache/symcache', files: 4951, symbols: 72_965,
  scan: {
    files: 4951, done: 4951,
    report: { files: 4951, parsed: 4844, reused: 106, skipped: 1, failed: 0, skipped_reasons: { 'too large': 1 }, elapsed_ms: 2449 },
  },
};
const running: Situation = {
  phase: 'running', status: ready, yielded: new Map(), languages: ['c', 'go', 'python'], bases: [], home: '/home/me',
  chosen: { policy: 'auto', languagesOff: [], featuresOff: [], exclude: [], include: [], maxFileSize: '2 MiB' },
};
const goFile: ActiveFile = {
  name: 'cart.go', uri: 'file:///home/me/a/cart.go', language: 'go', title: 'Go', bytes: 100, known: true, featuresOff: [],
};

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
  const report = { ...ready.scan.report, failed: 2, failures: [{ path: '/home/me/a/x.go', error: 'permission denied' }] } as
    NonNullable<ServerStatus['scan']['report']>;
  const s = { ...running, status: { ...ready, scan: { ...ready.scan, report } } };
  assert.equal(present(s).severity, 'warning');
  assert.match(present(s).detail, /2 files could not be read/);
  assert.equal(rows(s).get('Could not be read'), '~/a/x.go: permission denied\n2 in all');
});

test('a workspace without a file that is known says so, and why', () => {
  const empty = (more: Partial<Situation>) => tooltipLines({ ...running, status: { ...ready, files: 0, symbols: 0 }, ...more })[0];
  assert.equal(empty({}), 'No files: none of a language that symcache knows: C, Go and Python');
  assert.match(empty({ chosen: { ...running.chosen, languagesOff: ['go'], exclude: ['src/'] } }) ?? '', /settings leave out Go, src\/$/);
  assert.match(empty({ chosen: { ...running.chosen, include: ['src'] } }) ?? '', /Go and Python; settings look at src alone$/);
  assert.match(empty({ status: { ...ready, files: 0, roots: [] } }) ?? '', /no folder is open/);
  assert.equal(present({ ...running, status: { ...ready, files: 0 } }).text, '$(zap) symcache: no files');
});

test('a warm-up that left something out says so, in what a notification shows of it', () => {
  const report = { files: 104_959, parsed: 104_844, reused: 2, skipped: 1, failed: 0, elapsed_ms: 120 };
  const { text, complete } = warmed(report);
  assert.ok(complete);
  assert.equal(text, 'Warm: 104,959 files, 104,844 newly parsed, in 120 ms.');
  assert.ok(text.length <= 60);
  assert.deepEqual(warmed({ ...report, failed: 1, not_stored: 3 }),
    { text: 'Warm, but 1 file could not be read and 3 could not be stored: 104,959 files, 104,844 newly parsed, in 120 ms.', complete: false });
  assert.equal(progressText('1204/4959 files'), '1,204 of 4,959 files');
  assert.equal(progressText('storing'), 'storing');
});

test('the tooltip has two lines', () => {
  assert.deepEqual(tooltipLines({ ...running, file: goFile }),
    ['Ready: 72,965 symbols in 4,951 files', 'cart.go: outline, search, definitions, hovers by symcache']);
  assert.deepEqual(tooltipLines({ ...running, phase: 'stopped', file: goFile }), ['Stopped by you']);
  assert.deepEqual(tooltipLines({ ...running, phase: 'failed', problem: 'no program' }), ['Not running: no program']);
});

test('how it stands with the active file', () => {
  const status = (file: Partial<ActiveFile>, s: Partial<Situation> = {}) => {
    const { label, detail, severity } = fileStatus({ ...running, ...s, file: { ...goFile, ...file } }) ?? {};
    return [label, severity, detail];
  };
  const chosen = (changes: Partial<Situation['chosen']>) => ({ chosen: { ...running.chosen, ...changes } });
  assert.deepEqual(status({}), ['Ready', 'information', 'outline, search, definitions, hovers by symcache']);
  assert.deepEqual(status({ language: 'cpp', title: 'C++', known: false }),
    ['C++ is not served', 'information', 'C++ is not a language of symcache, which knows C, Go and Python']);
  assert.deepEqual(status({ bytes: 40 << 20 }), ['Too large', 'warning', 'not parsed, since it has 40.0 MiB, more than 32.0 MiB']);
  assert.deepEqual(status({ bytes: 32 << 20 })[0], 'Ready', 'of just this size, above that of a scan');
  assert.deepEqual(status({}, chosen({ languagesOff: ['go'] })),
    ['Switched off', 'information', 'Go is switched off by the setting "symcache.languages"']);
  assert.deepEqual(status({ language: 'cpp', title: 'C++' }, chosen({ languagesOff: ['c'] }))[0], 'Switched off', 'a header');
  assert.equal(status({}, chosen({ policy: 'always' }))[0], 'Left to others');
  assert.deepEqual(status({}, chosen({ featuresOff: ['documentSymbol'] })),
    ['Switched off', 'information', 'search, definitions, hovers by symcache; outline switched off by the setting "symcache.features"']);
  assert.deepEqual(status({ featuresOff: ['documentSymbol'] })[0], 'Switched off', 'for one language');
  const yielded = new Map([['go', ['documentSymbol', 'foldingRange', 'hover']]]);
  assert.deepEqual(status({}, { yielded }),
    ['Beside another extension', 'information', 'search, definitions by symcache; outline, hovers by another extension']);
  assert.equal(status({}, { yielded, ...chosen({ policy: 'never' }) })[0], 'Ready');
  const truncated = [{ uri: goFile.uri, reasons: ['it has more than 100000 symbols'] }];
  assert.deepEqual(status({}, { status: { ...ready, truncated } }),
    ['Outline is not whole', 'warning', 'the outline is not whole, since it has more than 100000 symbols']);
  assert.equal(fileStatus({ ...running, phase: 'stopped', file: goFile }), undefined);
  assert.equal(fileStatus(running), undefined, 'no editor');
  for (const s of [{}, chosen({ languagesOff: ['go'] }), chosen({ policy: 'always' }), chosen({ featuresOff: ['documentSymbol'] }), { yielded }]) {
    const { label, brief } = fileStatus({ ...running, ...s, file: goFile }) ?? { label: '', brief: '' };
    assert.ok(`symcache: ${label} – ${brief}`.length <= 70, 'the language status has room for it beside a command');
  }
});

const ignored = { why: 'ignored', pattern: '*.gen.go', file: '/home/me/a/.gitignore', line: 3, count: 1, example: '/home/me/a/cart.go' };
const oneFolder = { ...ready, roots: ['/home/me/a'] };

test('an open file that is left out says by which line', () => {
  const status = (out: object) => fileStatus({ ...running, status: { ...oneFolder, leftOut: [{ uri: goFile.uri, ...ignored, ...out }] }, file: goFile });
  assert.deepEqual(status({}), {
    label: 'Left out', brief: 'by line 3 of .gitignore', severity: 'information', leftOutBy: { file: '/home/me/a/.gitignore', line: 3 },
    detail: 'left out by line 3 of .gitignore (*.gen.go), so it is found only while it is open',
  });
  const setting = status({ pattern: 'cart*', file: undefined, line: undefined });
  assert.equal(setting?.detail, 'left out by a default of symcache (cart*), so it is found only while it is open');
  assert.equal(setting.leftOutBy, undefined, 'there is nothing to open');
  assert.equal(status({ why: 'an environment of Python', pattern: undefined, file: undefined, line: undefined })?.detail,
    'left out (an environment of Python), so it is found only while it is open');
  assert.equal(status({ uri: 'file:///home/me/a/other.go' })?.label, 'Ready', 'another file');
});

test('what is left out has its own rows, with the line that can be opened', () => {
  const ignoredBy = [
    { ...ignored, file: '/home/me/.config/git/ignore', pattern: '*.log"', count: 1200, example: '/home/me/a/x/y.log' },
    { why: 'ignored', pattern: 'node_modules/', count: 2, example: '/home/me/a/node_modules' },
    { why: 'ignored', pattern: 'old/', count: 1, example: '/home/me/a/old' },
    { why: 'an environment of Python', count: 1, example: '/home/me/a/venv' },
    ...Array.from({ length: 20 }, () => ignored),
  ];
  const scan = { ...ready.scan, report: { ...ready.scan.report, ignored_by: ignoredBy } as NonNullable<ServerStatus['scan']['report']> };
  const s: Situation = { ...running, status: { ...oneFolder, scan }, chosen: { ...running.chosen, exclude: ['old/'] } };
  const { rows: list, more } = leftOutRows(s);
  assert.deepEqual(list.slice(0, 5).map(({ what, by }) => [what, by]), [
    ['x/y.log and 1,199 more', 'line 3 of ~/.config/git/ignore'], ['node_modules and 1 more', 'a default of symcache'],
    ['old', 'the setting "symcache.exclude"'], ['venv', 'an environment of Python'], ['cart.go', 'line 3 of .gitignore'],
  ]);
  assert.equal(more, 12);
  const html = statusHtml(s, 'x');
  assert.ok(html.includes('<code>*.log&quot;</code>'));
  assert.ok(html.includes('12 more reasons'));
  assert.ok(!html.includes('<code></code>'), 'an environment has no pattern');
  // VS Code gives code a background, on which the colour of other text cannot be read in high contrast.
  assert.match(html, /\ncode \{ background: none; color: inherit;/);
  const [, args = ''] = /command:symcache\.openIgnoringLine\?([^"]*)"/.exec(html) ?? [];
  assert.deepEqual(JSON.parse(decodeURIComponent(args)), [{ file: '/home/me/.config/git/ignore', line: 3 }]);
  assert.ok(!statusHtml(running, 'x').includes('Left out</h2>'), 'nothing is');
  assert.deepEqual(leftOutRows({ ...s, phase: 'stopped' }).rows, [], 'of a server that runs');
});

test('a command takes a place, and nothing else', () => {
  assert.ok(isPlace({ file: '/a', line: 1 }));
  for (const other of [undefined, null, 'x', {}, { file: '/a' }, { file: 1, line: 1 }, { file: '/a', line: 0 }]) {
    assert.ok(!isPlace(other), JSON.stringify(other));
  }
});

/** rows are those of all groups. */
function rows(s: Situation): Map<string, string> {
  return new Map(groups(s).flatMap(group => group.rows));
}

test('the status page by groups', () => {
  const s: Situation = {
    ...running,
    program: { path: '/p/symcache', source: 'bundled', version: 'v1' },
    cache: { root: '/home/me/.cache/symcache', entries: 4844, bytes: 6_920_000, by_language: {} },
    bases: ['/opt/symcache'],
  };
  assert.deepEqual(groups(s).map(({ title }) => title), ['This workspace', 'Cache', 'Program']);
  const all = rows(s);
  assert.equal(all.get('Folders'), '~/a\n/b');
  assert.equal(all.get('Last look at all files'), '2.4 s: 4,844 parsed, 106 from the cache');
  assert.equal(all.get('Skipped'), '1 too large');
  assert.equal(all.get('Directory'), '~/.cache/symcache');
  assert.equal(all.get('Base cache, read only'), '/opt/symcache');
  assert.equal(all.get('Left out by settings'), 'files above 2 MiB');
  assert.equal(all.get('Path'), '/p/symcache (of the extension)');
  assert.equal(all.has('Switched off'), false);
  assert.equal(rows({ ...running, phase: 'stopped' }).has('Folders'), false, 'of a server that runs');
});

test('links that lead out of the folders have a row, where they are to be followed', () => {
  const row = (links: ServerStatus['links']) => rows({ ...running, status: { ...ready, ...links && { links } } }).get('Links out of the folders');
  assert.equal(row(undefined), undefined);
  assert.equal(row([{ path: '/home/me/a/x', target: '/opt/x' }, { path: '/home/me/a/y', why: 'it leads to nothing' }]),
    '1 followed\n~/a/y: it leads to nothing');
  assert.match(row(Array.from({ length: 7 }, () => ({ path: '/b/y', why: 'no' }))) ?? '', /^0 followed\n(\/b\/y: no\n){5}7 in all are not$/);
});

test('settings that leave something out have rows', () => {
  const all = rows({
    ...running,
    chosen: { policy: 'always', languagesOff: ['go'], featuresOff: ['hover'], exclude: ['*.pb.go'], include: ['src/app', 'lib'], maxFileSize: '500 KiB' },
  });
  assert.equal(all.get('Switched off'), 'Go, hovers');
  assert.equal(all.get('Looked at, by settings'), 'src/app, lib');
  assert.equal(all.get('Left out by settings'), 'files above 500 KiB, *.pb.go');
  assert.equal(all.get('Beside other extensions'), 'all left to them, by the setting "symcache.yieldToOtherExtensions"');
});

test('who answers, by language', () => {
  const every = 'outline, search, definitions, hovers';
  assert.deepEqual(served(running), [{ language: 'C, Go, Python', ours: every, theirs: '' }]);
  assert.deepEqual(served({ ...running, yielded: new Map([['go', ['documentSymbol', 'workspaceSymbol', 'definition', 'hover']]]) })[1],
    { language: 'Go', ours: 'declarations, highlights, folding, selection', theirs: every });
  const off = served({ ...running, chosen: { ...running.chosen, languagesOff: ['c'], policy: 'always' } });
  assert.deepEqual(off, [{ language: 'C', ours: 'nothing', theirs: '' }, { language: 'Go, Python', ours: 'nothing', theirs: every }]);
});

test('the parts of the cache add up', () => {
  const list = parts({ root: '/c', entries: 3, bytes: 1000, by_language: { go: { entries: 1, bytes: 200 }, tsx: { entries: 2, bytes: 300 } } });
  assert.deepEqual(list, [
    { name: 'TSX', files: 2, bytes: 300 }, { name: 'Go', files: 1, bytes: 200 },
    { name: 'Indexes of workspaces', files: undefined, bytes: 500 },
  ]);
  assert.equal(cacheText({ entries: 1, bytes: 6_920_000 }), '1 parsed file, 6.6 MiB');
});

test('the status page escapes what it shows, and loads nothing', () => {
  const html = statusHtml({ ...running, status: { ...ready, roots: ['/<script>"&'] } }, 'n0nce');
  assert.ok(html.includes('/&lt;script&gt;&quot;&amp;'));
  assert.ok(!/<script/.test(html));
  assert.ok(html.includes("default-src 'none'; style-src 'nonce-n0nce'"));
  assert.ok(!/https?:/.test(html));
});

test('the status page offers first what helps, and nothing that cannot be done', () => {
  const first = (s: Situation) => /command:(symcache\.\w+)" class="primary"/.exec(statusHtml(s, 'x'))?.[1];
  assert.equal(first(running), 'symcache.instantSymbol');
  for (const phase of ['stopped', 'failed', 'disabled'] as const) {
    assert.equal(first({ ...running, phase }), 'symcache.startServer');
  }
  assert.ok(!statusHtml(running, 'x').includes('symcache.clearCache'), 'there is no program');
  const report = { ...ready.scan.report, ignored_by: [ignored] } as NonNullable<ServerStatus['scan']['report']>;
  const status = { ...ready, scan: { ...ready.scan, report } };
  const pages = (['running', 'stopped'] as const).map(phase =>
    statusHtml({ ...running, phase, status, program: { path: '/p', source: 'PATH', version: '1' } }, 'x')).join('');
  for (const command of actionCommands) {
    assert.ok(pages.includes(`command:${command}`), command);
  }
});
