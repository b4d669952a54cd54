/** Beside VS Code's own TypeScript: nothing is shown twice. And two windows, Restricted Mode, several folders. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext } from 'node:test';
import { same, shop } from './shop';
import { Host, patience, quote, steps, until, vsix, type Shown, type Window } from './vscode';

const typescript = {
  'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
  'queue.ts': `/** Queue is first in, first out. */
export class Queue<T> {
  private items: T[] = [];
  push(item: T): void { this.items.push(item); }
}

export function makeQueue<T>(): Queue<T> { return new Queue<T>(); }
`,
  'main.ts': `import { makeQueue } from './queue';

export const mainQueue = makeQueue<string>();
`,
};

describe('beside TypeScript', { concurrency: 1 }, () => {
  let host: Host;
  let window: Window;
  let outlines: () => Promise<Shown[]>;
  let opened: number;
  const step = steps('typescript', () => window);
  before(async () => { host = await Host.start({ vsix: [vsix()] }); });
  after(async () => { await (host as Host | undefined)?.stop(); }); // it may not have started

  step('the outline is shown', async () => {
    window = await host.open(host.workspace('ts', typescript));
    await window.ready();
    await window.command('Focus on Outline View');
    outlines = await window.watchOutline();
    opened = await window.now();
    await window.openFile('queue.ts');
    await until('outline', () => window.outline(), rows => rows.length > 0); // tsserver is started and reads its libraries
  });

  step('Ctrl+T finds every symbol once', async () => {
    await until('left to TypeScript', async () =>
      (await symbols(window, '#makeQueue')).filter(row => row.includes('makeQueue')), rows => rows.length === 1);
  });

  step('F12 goes to the one definition, and a hover is shown once', async () => {
    // While TypeScript reads the project it takes the import for the definition, and each feature is left to it by itself.
    await until('F12', async () => {
      await window.definition('main.ts', 3, 26);
      return await window.tab('queue.ts', true).count();
    }, count => count === 1);
    await until('hover', () => window.hover('main.ts', 3, 26, 'makeQueue', async rows => {
      await window.page.locator('.monaco-hover .hover-row', { hasText: 'Loading' }).waitFor({ state: 'detached' });
      const first = await rows.count();
      await window.page.keyboard.press('Control+K'); // it keeps the focus, and is not closed
      await window.page.keyboard.press('Control+I');
      await symbols(window, '#makeQueue'); // whom TypeScript answers after the hover
      return [first, await rows.count()];
    }), counts => counts !== undefined && same(counts, [1, 1]));
  });

  step('the outline was not shown twice, from the first moment on', async t => {
    checkOnce(t, await outlines(), opened);
  });

  step('Go to Symbol (Instant) still has them', async () => {
    await window.instant('makeQueue');
    await window.row('makeQueue').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('with "never" both answer, so that the above shows something', async () => {
    host.set({ 'symcache.yieldToOtherExtensions': 'never' });
    await window.openFile('queue.ts');
    await until('outline', () => window.outline(), rows => rows.includes('symcache') && rows.includes('TypeScript'));
    await window.screenshot('never');
  });
});

describe('beside an extension whose server starts later', { concurrency: 1 }, () => {
  let host: Host;
  let window: Window;
  let outlines: () => Promise<Shown[]>;
  const step = steps('neighbour', () => window);
  const ours = ['Report (class)', 'write_report (function)'];
  const theirs = ['Report (event)', 'write_report (event)'];
  before(async () => {
    const neighbour = join(process.cwd(), 'out', 'neighbour.vsix');
    execFileSync(process.execPath, [join(process.cwd(), 'node_modules', '@vscode', 'vsce', 'vsce'), 'package',
      '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', neighbour],
    { cwd: join('test', 'e2e', 'neighbour'), stdio: 'pipe' });
    host = await Host.start({ vsix: [vsix(), neighbour], settings: { 'outline.collapseItems': 'alwaysCollapse' } });
  });
  after(async () => { await (host as Host | undefined)?.stop(); }); // it may not have started

  step('the outline is ours at first', async () => {
    window = await host.open(host.workspace('market', shop));
    await window.ready();
    await window.command('Focus on Outline View');
    outlines = await window.watchOutline();
    await window.openFile('report.py');
    await until('outline', () => window.outline(), rows => same(rows, ours));
  });

  step('is theirs when they have one', async t => {
    const started = await window.now();
    await window.command('Neighbour: Start');
    await until('outline', () => window.outline(), rows => same(rows, theirs));
    checkOnce(t, await outlines(), started);
    // By VS Code for the new one, and once more without ours; twice each where one question is given up for the next.
    const asked = await window.page.locator('.statusbar-item', { hasText: /^asked \d+$/ }).innerText();
    t.diagnostic(asked);
    assert.ok(Number(asked.slice('asked '.length)) <= 4, asked);
  });

  step('and ours again when they have none any more', async () => {
    await window.command('Neighbour: Stop');
    await until('outline', () => window.outline(), rows => same(rows, ours));
  });

  step('Go to Symbol (Instant) does not wait for them', async () => {
    await window.command('Neighbour: Hang');
    await window.page.keyboard.press('Control+T');
    await window.type('#write_report');
    await window.page.locator('.quick-input-progress.active').waitFor();
    await window.page.keyboard.press('Escape');
    await window.instant('write_report');
    await window.row('write_report').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('definitions are left to them, although they do not answer for symbols', async () => {
    await window.command('Neighbour: Start');
    await until('outline', () => window.outline(), rows => same(rows, theirs));
    await findsTheirs(window);
  });

  step('also where our outline is switched off', async () => {
    await window.command('Neighbour: Stop');
    await until('outline', () => window.outline(), rows => same(rows, ours)); // and definitions are ours again
    host.set({ 'symcache.features': { documentSymbol: false } });
    await window.noOutline();
    await window.command('Neighbour: Start');
    await until('outline', () => window.outline(), rows => same(rows, theirs));
    await findsTheirs(window);
  });
});

/** findsTheirs waits until F12 goes to the neighbour's definition. */
async function findsTheirs(window: Window): Promise<void> {
  await until('F12', () => window.definition('report.py', 8, 5), caret => caret === 'Ln 1, Col 1');
}

describe('workspaces', { concurrency: 1 }, () => {
  let host: Host;
  let window: Window;
  const step = steps('workspaces', () => window);
  before(async () => { host = await Host.start({ vsix: [vsix()] }); });
  after(async () => { await (host as Host | undefined)?.stop(); }); // it may not have started

  step('Restricted Mode: all works, and the workspace does not choose the program', async () => {
    const folder = host.workspace('restricted', shop);
    const ran = join(folder, 'ran');
    const evil = join(folder, 'evil');
    writeFileSync(evil, `#!/bin/sh\ntouch ${quote(ran)}\n`, { mode: 0o755 });
    mkdirSync(join(folder, '.vscode'));
    writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify({ 'symcache.path': evil }));
    window = await host.open(folder, { trust: false });
    await window.distrust();
    await window.ready();
    await window.instant('NewItem');
    await window.row('NewItem').first().waitFor();
    await window.screenshot('restricted');
    assert.equal(existsSync(ran), false);
    await window.close();
  });

  step('two windows on one folder', async () => {
    const folder = host.workspace('twice', shop);
    window = await host.open(folder);
    const other = await host.open(folder, { trust: false }); // it is trusted by now, or asks as well
    await window.ready();
    await other.trustIfAsked();
    await other.ready();
    for (const w of [window, other]) {
      await w.instant('NewItem');
      await w.row('NewItem').first().waitFor();
      await w.page.keyboard.press('Escape');
    }
    await other.close();
    await window.close();
  });

  step('several folders, and one that comes later', async () => {
    const one = host.workspace('one', { 'one.py': 'def first_thing():\n    pass\n' });
    const two = host.workspace('two', { 'two.py': 'def second_thing():\n    pass\n' });
    const three = host.workspace('three', { 'three.py': 'def third_thing():\n    pass\n' });
    const file = join(host.dir, 'all.code-workspace');
    writeFileSync(file, JSON.stringify({ folders: [{ path: one }, { path: two }] }));
    window = await host.open(file);
    // In a browser VS Code at times reads the file before it can, and shows no folder.
    const folder = window.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'two.py' });
    const deadline = Date.now() + patience;
    for (let wait = 5000; !await folder.waitFor({ timeout: wait }).then(() => true, () => false); wait *= 2) {
      assert.ok(Date.now() < deadline, 'no folder is shown');
      await window.page.reload();
      await window.trustIfAsked(); // what was trusted had no folder
    }
    await window.ready();
    await findsThings(window, 2);
    writeFileSync(file, JSON.stringify({ folders: [{ path: one }, { path: two }, { path: three }] }));
    await window.page.getByRole('button', { name: 'Yes' }).click(); // it is not trusted yet
    await findsThings(window, 3);
  });
});

/**
 * checkOnce looks whether two outlines were shown: each has a heading then. When a second one comes as a surprise, VS
 * Code has to ask once more to replace what it shows. That happens once, and is over. It tells how long two were shown,
 * and when that began, in ms from a time on.
 */
function checkOnce(t: TestContext, outlines: readonly Shown[], from: number): void {
  assert.ok(outlines.some(({ rows }) => rows.length > 0));
  const twice = outlines.map(({ ms, rows }, i) =>
    rows.includes('symcache') ? (outlines[i + 1]?.ms ?? Infinity) - ms : 0).reduce((a, b) => a + b);
  const shown = (outlines.find(({ rows }) => rows.includes('symcache'))?.ms ?? from) - from;
  t.diagnostic(`two outlines were shown for ${twice.toFixed(0)} ms, after ${shown.toFixed(0)} ms`);
  const times = outlines.filter(({ rows }, i) =>
    rows.includes('symcache') && outlines[i - 1]?.rows.includes('symcache') !== true).length;
  assert.ok(times <= 1, `two outlines were shown ${times} times`);
  assert.ok(twice < 3000, `two outlines were shown for ${twice} ms, after ${shown} ms`);
}

/** symbols asks everybody with Ctrl+T, and tells what is shown when all have answered. */
async function symbols(window: Window, text: string): Promise<string[]> {
  await window.page.keyboard.press('Control+T');
  await window.type(text);
  await window.row(text.slice(1)).first().waitFor();
  await window.page.locator('.quick-input-progress.active').waitFor({ state: 'detached' }); // all have answered
  const rows = await window.rows();
  await window.page.keyboard.press('Escape');
  return rows;
}

/** findsThings waits until Go to Symbol (Instant) finds so many. */
async function findsThings(window: Window, n: number): Promise<void> {
  await window.instant();
  await until(`${n} things`, async () => {
    await window.type('');
    await window.row('_thing').first().waitFor();
    await window.type('thing');
    return await window.rows();
  }, rows => rows.length === n);
  await window.page.keyboard.press('Escape');
}
