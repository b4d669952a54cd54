/** Beside VS Code's own TypeScript: nothing is shown twice. And two windows, Restricted Mode, several folders. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { shop } from './shop';
import { Host, steps, until, vsix, type Window } from './vscode';

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
  const step = steps('typescript', () => window);
  before(async () => { host = await Host.start({ vsix: vsix() }); });
  after(async () => { await host.stop(); });

  step('the outline is never shown twice, from the first moment on', async () => {
    window = await host.open(host.workspace('ts', typescript));
    await window.ready();
    await window.command('Focus on Outline View');
    await window.openFile('queue.ts');
    const seen = new Set<string>();
    await until('outline', async () => {
      const rows = await window.outline();
      seen.add(rows.filter(row => /^(Queue|makeQueue)/.test(row)).join(' '));
      return rows;
    }, rows => rows.length > 0, 90_000); // tsserver is started and reads its libraries
    for (const deadline = Date.now() + 5000; Date.now() < deadline;) {
      seen.add((await window.outline()).filter(row => /^(Queue|makeQueue)/.test(row)).join(' '));
      await window.page.waitForTimeout(20);
    }
    seen.delete('');
    assert.deepEqual([...seen], ['Queue (class) makeQueue (function)']);
  });

  step('Ctrl+T finds every symbol once', async () => {
    await until('left to TypeScript', async () => {
      await window.page.keyboard.press('Control+T');
      await window.type('#makeQueue');
      await window.row('makeQueue').first().waitFor();
      await window.page.waitForTimeout(500);
      const rows = await window.rows();
      await window.page.keyboard.press('Escape');
      return rows.filter(row => row.includes('makeQueue'));
    }, rows => rows.length === 1, 60_000);
  });

  step('F12 goes to the one definition, and a hover is shown once', async () => {
    await window.openFile('main.ts:3:26');
    await window.page.keyboard.press('F12');
    await window.tab('queue.ts', true).waitFor();
    await window.openFile('main.ts:3:26');
    await window.command('Show or Focus Hover');
    const hovers = window.page.locator('.monaco-hover .hover-row', { hasText: 'makeQueue' });
    await hovers.first().waitFor();
    assert.equal(await hovers.count(), 1);
    await window.page.keyboard.press('Escape');
  });

  step('Go to Symbol (Instant) still has them', async () => {
    await window.instant('makeQueue');
    await window.row('makeQueue').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('with "never" both answer, so that the above shows something', async () => {
    await window.set({ 'symcache.yieldToOtherExtensions': 'never' });
    await window.openFile('queue.ts');
    await until('outline', () => window.outline(), rows => rows.filter(row => row.startsWith('makeQueue')).length === 2);
  });
});

describe('workspaces', { concurrency: 1 }, () => {
  let host: Host;
  let window: Window;
  const step = steps('workspaces', () => window);
  before(async () => { host = await Host.start({ vsix: vsix() }); });
  after(async () => { await host.stop(); });

  step('Restricted Mode: all works, and the workspace does not choose the program', async () => {
    const folder = host.workspace('restricted', shop);
    const ran = join(folder, 'ran');
    const evil = join(folder, 'evil');
    writeFileSync(evil, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
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
    await window.ready();
    await until('both', async () => {
      await window.instant('thing');
      await window.page.waitForTimeout(300);
      const rows = await window.rows();
      await window.page.keyboard.press('Escape');
      return rows;
    }, rows => rows.length === 2);
    await window.rewrite('Open Workspace Configuration File', 'all.code-workspace',
      JSON.stringify({ folders: [{ path: one }, { path: two }, { path: three }] }));
    await window.trustIfAsked();
    await until('three', async () => {
      await window.instant('thing');
      await window.page.waitForTimeout(300);
      const rows = await window.rows();
      await window.page.keyboard.press('Escape');
      return rows;
    }, rows => rows.length === 3);
  });
});
