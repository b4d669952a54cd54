/** A session of one person, from installing the extension on. Each step finds what the one before has left. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { maxRestarts, window as restartsWindow } from '../../src/core/restarts';
import { cartOutline, same, shop } from './shop';
import { Host, quote, repository, steps, until, vsix, type Window } from './vscode';

/** picture is the size, in pixels, of those of the walkthrough, which has some 340 by 215 for one in a window of 1280. */
const picture = { width: 430, height: 270 };

describe('a session', { concurrency: 1 }, () => {
  let host: Host;
  let window: Window;
  let folder: string;
  const step = steps('session', () => window);

  before(async () => {
    host = await Host.start({ vsix: [vsix()] });
    folder = host.workspace('market', shop);
    for (const part of ['cachestore', 'watcher']) {
      host.copy(join(repository, part), join('market', part), // so that lists are long
        path => path.endsWith('.go') || statSync(path).isDirectory());
    }
  });
  after(async () => { await (host as Host | undefined)?.stop(); }); // it may not have started

  step('is ready when the folder is trusted', async () => {
    window = await host.open(folder);
    await window.ready();
  });

  step('names its key once', async () => {
    const message = window.notification(/Shift\+Alt\+T/);
    await message.waitFor();
    await window.screenshot('welcome');
    await message.getByRole('button', { name: 'Show Me Around' }).click();
    await window.page.getByText('Find any symbol while you type').first().waitFor();
    await window.command('View: Close All Editors');
  });

  step('shows the outline of a file', async () => {
    await window.openFile('cart.go');
    await window.command('Focus on Outline View');
    await until('outline', () => window.wholeOutline(), rows => same(rows, cartOutline));
    await window.openFile('price.h'); // which VS Code takes for C++
    await until('outline', () => window.outline(), rows => same(rows, ['price_of (function)']));
    await window.openFile('pack.go');
    await until('outline', () => window.outline(), rows => rows.length > 5);
  });

  step('finds symbols with Ctrl+T', async () => {
    await window.page.keyboard.press('Control+T');
    await window.type('#NewItem');
    await window.row('NewItem').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('finds symbols while typing, and shows the place', async () => {
    await window.openFile('cart.go');
    await window.instant();
    await window.page.keyboard.type('tot', { delay: 30 });
    // Not among the answers to "to", where it is further down: the list would begin anew. The workspace has the
    // program's own sources too, in which a "total" may come and go.
    const near = (rows: string[]) => rows.slice(0, 4).some(row => row.startsWith('total_sold'));
    const rows = await until('rows', () => window.rows(), near);
    assert.ok(rows.some(row => row === 'Total, Cart · shop/cart.go:10'), rows.join('\n'));
    await moveTo(window, /^total_sold/);
    await window.tab('report.py').waitFor();
    // Giving up leaves everything as it was.
    await window.page.keyboard.press('Escape');
    await window.tab('cart.go', true).waitFor();
    await window.tab('report.py').waitFor({ state: 'detached' });
  });

  step('stays where somebody clicks', async () => {
    await window.openFile('cart.go');
    await window.instant('tot');
    await window.row('total_sold').first().waitFor();
    await moveTo(window, /^total_sold/);
    await window.tab('report.py', true).waitFor();
    await until('caret', () => window.caret(), text => text === 'Ln 4, Col 9'); // and so the text
    await window.page.mouse.click(800, 650); // below the list and the last line
    await window.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await until('caret', () => window.caret(), text => text === 'Ln 10, Col 1');
    await window.instant('NewItem'); // by now the list has done what it does at its end
    await window.page.keyboard.press('Escape');
    await window.tab('report.py', true).waitFor();
    await window.command('View: Revert and Close Editor');
    await window.tab('report.py').waitFor({ state: 'detached' });
  });

  step('closes what it has passed, also without tabs for previews', async () => {
    host.set({ 'workbench.editor.enablePreview': false, 'workbench.colorTheme': 'Default Light Modern' });
    await window.page.locator('.monaco-workbench.vs').waitFor();
    await window.openFile('cart.go');
    const open = await tabs(window);
    await window.instant('tot');
    await window.row('total_sold').first().waitFor();
    await moveTo(window, /^total_sold/);
    await window.tab('report.py', true).waitFor();
    await window.type('Item');
    await window.row('NewItem').first().waitFor();
    await moveTo(window, /^NewItem/);
    await window.tab('item.go', true).waitFor();
    await window.tab('report.py').waitFor({ state: 'detached' });
    await window.page.keyboard.press('Escape');
    await window.tab('item.go').waitFor({ state: 'detached' });
    await window.tab('cart.go', true).waitFor();
    await until('tabs', () => tabs(window), names => same(names, open));
    host.set({});
    await window.page.locator('.monaco-workbench.vs-dark').waitFor();
  });

  step('goes to a symbol, or opens it to the side', async () => {
    await window.instant('NewItem');
    await window.row('NewItem').first().waitFor();
    await window.page.keyboard.press('Enter');
    await window.tab('item.go', true).waitFor();
    await until('caret', () => window.caret(), text => text === 'Ln 10, Col 6');
    await window.instant('tot');
    await window.row('total_sold').first().waitFor();
    await window.type('write_report');
    await window.page.keyboard.press('Enter'); // which may come before the answer
    await window.tab('report.py', true).waitFor();
    await until('caret', () => window.caret(), text => text === 'Ln 8, Col 5');
    await window.command('View: Revert and Close Editor');
    await window.tab('item.go', true).waitFor();
    await window.instant('tot');
    await window.row('total_sold').first().waitFor();
    await moveTo(window, /^total_sold/);
    await window.tab('report.py', true).waitFor();
    await window.page.keyboard.press('Control+\\');
    await until('groups', () => window.page.locator('.editor-group-container').count(), n => n === 2);
    await window.tab('report.py', true).waitFor();
    // The other group shows again what it did.
    await window.tab('item.go', true).waitFor();
    assert.equal(await window.tab('report.py').count(), 1);
    await until('caret', () => window.caret(), text => text === 'Ln 4, Col 9');
    await window.command('View: Close All Editors in Group');
    await until('groups', () => window.page.locator('.editor-group-container').count(), n => n === 1);
  });

  step('filters by kind', async () => {
    await window.instant(':class rep');
    await until('rows', () => window.rows(), rows => same(rows, ['Report, tools/report.py:1']));
    await window.type('Store');
    await window.row('cachestore').first().waitFor();
    await moveTo(window, /cachestore/, 2);
    await window.tab('item.go', true).waitFor({ state: 'detached' });
    await window.page.keyboard.press('Escape');
    await window.tab('item.go', true).waitFor();
  });

  step('says that there is no such symbol, or kind', async () => {
    await window.instant('zzqqzz');
    await window.note(/No symbol matches “zzqqzz”/).waitFor();
    await window.screenshot('none');
    await window.page.keyboard.press('Enter'); // a note leads nowhere
    await window.type(':interface zzqqzz');
    await window.note('No interface matches “zzqqzz”').waitFor();
    await window.type(':nosuch pod');
    await window.note('No kind of symbols begins with “nosuch”').waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('lists the kinds after a colon', async () => {
    const input = window.page.locator('.quick-input-widget input.input').first();
    await window.instant(':');
    const rows = await until('kinds', () => window.rows(), rows =>
      rows.some(row => row.startsWith('method')) && rows.every(row => /^[a-z ]+, [\d,]+$/.test(row)));
    assert.ok(!rows.some(row => row.startsWith('event')), 'which nothing here is');
    await window.screenshot('kinds');
    await window.type(':cla');
    await until('class', () => window.rows(), rows => rows.length === 1);
    await window.page.keyboard.press('Enter');
    await until('filter', () => input.inputValue(), text => text === ':class ');
    await window.row('Report').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('shows a container where one was typed', async () => {
    await window.instant('cart.tot');
    await until('rows', () => window.rows(), rows => rows[0] === 'Cart.Total, shop/cart.go:10');
    assert.equal(await window.row('Cart.Total').locator('.highlight').first().innerText(), 'Cart.Tot', 'which VS Code marks');
    await window.screenshot('qualified');
    await window.page.keyboard.press('Escape');
  });

  step('has a list of kinds', async () => {
    const title = (text: string) => window.page.locator('.quick-input-title', { hasText: text }).waitFor();
    const choose = async () => {
      await window.page.getByRole('button', { name: 'Filter by Kind' }).click();
      await title('Kinds of Symbols');
      await window.row('class').waitFor();
    };
    const input = window.page.locator('.quick-input-widget input.input').first();
    await window.instant('rep');
    await choose();
    await window.page.keyboard.type('cla'); // and Enter takes what this leaves
    await until('class', () => window.rows(), rows => rows.length === 1);
    await window.page.keyboard.press('Enter');
    await title('Go to Symbol (Instant)');
    assert.equal(await input.inputValue(), ':class rep');
    await until('rows', () => window.rows(), rows => same(rows, ['Report, tools/report.py:1']));
    await choose();
    await window.screenshot('filter');
    await window.page.getByRole('button', { name: 'Back' }).click();
    await title('Go to Symbol (Instant)');
    assert.equal(await input.inputValue(), ':class rep');
    await choose();
    await window.row('all kinds').click();
    await title('Go to Symbol (Instant)');
    assert.equal(await input.inputValue(), 'rep');
    await choose();
    await window.openFile('item.go'); // which it does not come before
  });

  step('goes back to a comparison', async () => {
    await window.openFile('cart.go');
    await window.command('File: Compare Active File With...');
    await window.type('item.go');
    await window.row('item.go').first().waitFor();
    await window.page.keyboard.press('Enter');
    await window.tab('↔', true).waitFor();
    await window.instant('tot');
    await window.row('total_sold').first().waitFor();
    await moveTo(window, /^total_sold/);
    await window.tab('report.py', true).waitFor();
    await window.page.keyboard.press('Escape');
    await window.tab('report.py').waitFor({ state: 'detached' });
    await window.tab('↔', true).waitFor();
    await window.openFile('item.go');
  });

  step('goes to definitions in other files', async () => {
    await until('F12', () => window.definition('cart.go', 6, 12), caret => caret === 'Ln 4, Col 6');
    await window.tab('item.go', true).waitFor();
  });

  step('shows signature and comment where one points', async () => {
    await until('hover', () => window.hover('cart.go', 6, 12, 'Item is a thing to buy.', async () => {
      await window.screenshot('hover');
      return true;
    }), yes => yes === true);
  });

  step('follows edits that are not saved', async () => {
    await window.page.keyboard.press('Control+End');
    await window.page.keyboard.type('\nfunc Refund() {}');
    await until('outline', () => window.wholeOutline(), rows => same(rows, [...cartOutline, 'Refund (function)']));
    await window.instant('Refund');
    await window.row('Refund').first().waitFor();
    await window.page.keyboard.press('Escape');
    await window.command('File: Revert File');
    await until('outline', () => window.wholeOutline(), rows => same(rows, cartOutline));
  });

  step('sees what other programs write', async () => {
    writeFileSync(join(folder, 'tools', 'audit.py'), 'def audit_everything():\n    pass\n');
    await findsInstantly(host, window, 'audit_everything', true);
  });

  step('finds the one of a kind among more of others than are shown', async () => {
    const many = join(folder, 'tools', 'many.go');
    const functions = Array.from({ length: 300 }, (_, i) => `func Widget${i}() {}\n`);
    writeFileSync(many, `package tools\n\n${functions.join('')}\ntype WidgetOfWidgets interface{}\n`);
    await findsInstantly(host, window, 'WidgetOfWidgets', true);
    await window.instant(':interface Widget');
    await until('rows', () => window.rows(), rows => same(rows, ['WidgetOfWidgets, tools/many.go:304']));
    await window.page.keyboard.press('Escape');
    rmSync(many);
    await findsInstantly(host, window, 'WidgetOfWidgets', false);
  });

  step('takes changed settings', async () => {
    host.set({ 'symcache.exclude': ['tools/'] });
    await findsInstantly(host, window, 'audit_everything', false);
    host.set({});
    await findsInstantly(host, window, 'audit_everything', true);
    host.set({ '[go]': { 'symcache.features': { documentSymbol: false } } });
    await window.noOutline();
    host.set({});
    await until('outline', () => window.outline(), rows => rows.includes('Cart (struct)')); // which may be closed now
    assert.equal(await window.notification('symcache').count(), 0);
  });

  step('says what it does not serve, and why', async () => {
    await window.openFile('cart.go');
    await window.tells('cart.go: outline, search, definitions, hovers by symcache');
    writeFileSync(join(folder, 'tools', 'engine.cpp'), 'int main() { return 0; }\n');
    writeFileSync(join(folder, 'tools', 'large.py'), `def large():\n    pass\n${'# a line of a large file\n'.repeat(100_000)}`);
    await window.openFile('engine.cpp');
    await window.tells('engine.cpp: C++ is not a language of symcache, which knows C, Go,');
    await pointAt(window, 'not-served');
    await window.openFile('large.py');
    await window.tells('large.py: outline, search, definitions, hovers by symcache');
    await window.openFile('cart.go');
    host.set({ 'symcache.languages': { go: false } });
    await window.tells('cart.go: Go is switched off by the setting');
    host.set({ 'symcache.yieldToOtherExtensions': 'always' });
    await window.tells('cart.go: left to other extensions by the setting');
    host.set({});
    await window.tells('cart.go: outline, search, definitions, hovers by symcache');
    rmSync(join(folder, 'tools', 'engine.cpp'));
    rmSync(join(folder, 'tools', 'large.py'));
    await window.command('View: Close All Editors');
  });

  step('says by which line a file is left out, and opens it', async () => {
    host.set({ 'search.useIgnoreFiles': false }); // so that VS Code's list has the file
    writeFileSync(join(folder, '.gitignore'), '# drafts\n/drafts/\n');
    mkdirSync(join(folder, 'drafts'));
    writeFileSync(join(folder, 'drafts', 'idea.go'), 'package drafts\n\nfunc Idea() {}\n');
    await window.openFile('idea.go');
    await until('outline', () => window.outline(), rows => same(rows, ['Idea (function)']));
    await window.tells('idea.go: left out by line 2 of .gitignore (/drafts/), so it is found only while it is open');
    await pointAt(window, 'left-out');
    await window.command('symcache: Open the Line That Leaves This File Out');
    await window.tab('.gitignore', true).waitFor();
    await until('caret', () => window.caret(), text => text === 'Ln 2, Col 1');
    await window.command('View: Revert and Close Editor');
    await window.command('symcache: Restart Server'); // the page has what the last look at all files has left out
    await window.ready();
    await window.command('symcache: Show Status');
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await page.getByRole('row', { name: 'drafts /drafts/ line 2 of .gitignore' }).getByRole('link').click();
    await window.tab('.gitignore', true).waitFor();
    await until('caret', () => window.caret(), text => text === 'Ln 2, Col 1');
    await window.openFile('cart.go');
    await window.command('symcache: Open the Line That Leaves This File Out');
    await window.notification('No line of an ignore file leaves cart.go out.').waitFor();
    await window.clearNotifications();
    rmSync(join(folder, '.gitignore'));
    rmSync(join(folder, 'drafts'), { recursive: true });
    host.set({});
    await window.command('View: Close All Editors');
  });

  step('shows what it knows, in every theme', async () => {
    const files = window.page.getByRole('button', { name: 'Explorer Section: market' });
    await files.click(); // the outline has the whole side bar
    for (const [theme, kind, name] of [
      ['Default Light Modern', 'vs', 'light'], ['Default High Contrast', 'hc-black', 'hc'],
      ['Default High Contrast Light', 'hc-light', 'hcLight'], ['Default Dark Modern', 'vs-dark', 'dark'],
    ] as const) {
      host.set({ 'workbench.colorTheme': theme });
      await window.page.locator(`.monaco-workbench.${kind}`).waitFor();
      await window.openFile('pack.go');
      await until('outline', () => window.outline(), rows => rows.length > 5);
      await window.screenshot(`outline-${name}`, { x: 48, y: 66, ...picture });
      await window.instant('Store');
      await window.row('cachestore').first().waitFor();
      await moveTo(window, /cachestore/, 1);
      await window.tab('pack.go', true).waitFor({ state: 'detached' });
      await window.screenshot(`instant-${name}`, { x: 338, y: 35, ...picture });
      // These are to be looked at: colours of our own, or text on another background, may be unreadable in some themes.
      await window.type(':');
      await window.row('method').first().waitFor();
      await window.screenshot(`kinds-${name}`, { x: 338, y: 35, ...picture });
      await window.type('zzqqzz');
      await window.note(/No symbol matches/).waitFor();
      await window.screenshot(`none-${name}`, { x: 338, y: 35, ...picture });
      await window.page.keyboard.press('Escape');
      await window.tab('pack.go', true).waitFor();
      await pointAt(window, `tooltip-${name}`);
      await window.command('symcache: Show Status');
      const page = window.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      await page.getByText('Ready', { exact: true }).waitFor();
      await page.getByText('Indexes of workspaces').waitFor();
      await window.screenshot(`status-${name}`, { x: 366, y: 240, ...picture });
      await window.screenshot(`page-${name}`);
    }
    await files.click();
    host.set({});
    await window.command('View: Close All Editors');
  });

  step('warms, verifies and clears the cache', async () => {
    await window.command('symcache: Warm Workspace');
    await window.notification(/Warm: [\d,]+ files/).waitFor();
    await window.clearNotifications();
    await window.command('symcache: Verify Cache');
    await window.notification(/The cache is sound: [\d,]+ parsed files/).waitFor();
    await window.clearNotifications();
    const [pack = ''] = packs(host.cacheDir).sort();
    const bytes = readFileSync(join(host.cacheDir, pack));
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0, middle, middle + 64);
    writeFileSync(join(host.cacheDir, pack), bytes);
    await window.command('symcache: Verify Cache');
    const damaged = window.notification(/places? in the cache (is|are) damaged/);
    await damaged.waitFor();
    await window.notification('Verifying the cache').waitFor({ state: 'detached' }); // it does not wait for an answer
    await damaged.getByRole('button', { name: 'Remove What Is Damaged' }).click();
    await window.notification(/Removed [1-9]\d* damaged places?\./).waitFor();
    await window.clearNotifications();
    await window.command('symcache: Clear Cache');
    await window.page.locator('.monaco-dialog-box', { hasText: 'no file of yours is touched' }).waitFor();
    await window.screenshot('clear');
    await window.page.getByRole('button', { name: 'Clear Cache' }).click();
    await window.notification(/Removed [\d,]+ parsed files/).waitFor();
    assert.deepEqual(packs(host.cacheDir), []);
    await window.clearNotifications();
  });

  step('says why nothing is found when it is stopped, and starts again', async () => {
    const restarts = async () => {
      const before = host.serverProcesses();
      await window.command('symcache: Restart Server');
      await until('another server', () => host.serverProcesses(),
        pids => pids.length === 1 && pids[0] !== before[0]);
      await window.ready();
    };
    await window.command('symcache: Stop Server');
    await window.statusBar('symcache').locator('.codicon-circle-slash').waitFor();
    await until('no server', () => host.serverProcesses(), pids => pids.length === 0);
    await pointAt(window, 'stopped');
    await window.command('symcache: Show Status');
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await page.getByText('Stopped by you').waitFor();
    await window.screenshot('page-stopped');
    await page.getByRole('link', { name: 'Start Server' }).click();
    await window.ready();
    await window.command('View: Close All Editors');
    await window.command('symcache: Stop Server');
    await until('no server', () => host.serverProcesses(), pids => pids.length === 0);
    // A setting does not start the server, and holds without it.
    host.set({ 'symcache.exclude': ['cachestore/', 'watcher/'], 'workbench.colorTheme': 'Default Light Modern' });
    await window.page.locator('.monaco-workbench.vs').waitFor();
    await window.command('symcache: Warm Workspace');
    await window.notification(/Warm: 5 files/).waitFor();
    await window.clearNotifications();
    host.set({});
    await window.page.locator('.monaco-workbench.vs-dark').waitFor();
    await window.command('Go to Symbol (Instant)');
    await window.notification('You have stopped the symcache server.').getByRole('button', { name: 'Start Server' }).click();
    await window.ready();
    await restarts();
    // A message that is still there when the server runs again starts no second one.
    await window.command('symcache: Stop Server');
    await window.statusBar('symcache').locator('.codicon-circle-slash').waitFor();
    await window.command('Go to Symbol (Instant)');
    await window.notification('You have stopped the symcache server.').waitFor();
    await window.command('symcache: Restart Server');
    await window.ready();
    await window.command('Notifications: Show Notifications'); // it is hidden after a while
    await window.page.locator('.notifications-center').getByRole('button', { name: 'Start Server' }).click();
    await restarts();
  });

  step('survives four crashes, and then says so once', async () => {
    const message = window.notification(/ended 5 times/);
    // The extension notes a crash between these times. On a slow machine it takes more than five until that many are
    // within its window.
    const crashes: { killed: number; seen: number }[] = [];
    for (let gaveUp = false; !gaveUp;) {
      const [pid] = await until('one server', () => host.serverProcesses(), pids => pids.length === 1);
      await window.instant('NewItem'); // which a server that starts does not answer
      await window.row('NewItem').first().waitFor();
      await window.page.keyboard.press('Escape');
      const killed = Date.now();
      process.kill(pid ?? 0, 'SIGKILL');
      await until('it has ended', () => host.serverProcesses(), pids => !pids.includes(pid ?? 0));
      gaveUp = await until('another server, or a message', async () =>
        host.serverProcesses().length === 1 ? false : await message.isVisible() || undefined, is => is !== undefined) ?? false;
      const seen = Date.now();
      crashes.push({ killed, seen });
      const first = crashes.at(-1 - maxRestarts);
      if (gaveUp) {
        assert.ok(first !== undefined && killed - first.seen < restartsWindow, JSON.stringify(crashes));
      } else {
        assert.ok(first === undefined || seen - first.killed >= restartsWindow, JSON.stringify(crashes));
        assert.ok(crashes.length < 12, 'this machine is too slow');
      }
    }
    assert.equal(await window.notification('symcache').count(), 1);
    await window.screenshot('crashed');
    await message.getByRole('button', { name: 'Restart' }).click();
    await window.ready();
    await window.instant('NewItem');
    await window.row('NewItem').first().waitFor();
    await window.page.keyboard.press('Escape');
  });

  step('is off when it is switched off', async () => {
    host.set({ 'symcache.enable': false });
    await window.statusBar('symcache').locator('.codicon-circle-slash').waitFor();
    await until('no server', () => host.serverProcesses(), pids => pids.length === 0);
    host.set({});
    await window.ready();
  });

  step('says what to do about a program that does not work', async () => {
    host.set({ 'symcache.path': '/does/not/exist' });
    await window.notification(/"symcache.path" names \/does\/not\/exist/).waitFor();
    await window.statusBar('symcache').locator('.codicon-error').waitFor();
    // Nor is the one from before used for what needs no server.
    await window.command('symcache: Verify Cache');
    await window.notification(/names \/does\/not\/exist/).getByRole('button', { name: 'Start Server' }).waitFor();
    await window.clearNotifications();
    // One message at a time: that of another mistake would stay beside the first.
    host.set({ 'symcache.path': '/nor/does/this' });
    await window.notification(/names \/nor\/does\/this/).waitFor();
    host.set({ 'symcache.path': '/or/this' });
    await window.tells('names /or/this');
    assert.equal(await window.notification('symcache.path').count(), 1);
    host.set({});
    await window.ready();
    await window.clearNotifications();
  });

  step('says so once when the server ends while it starts', async () => {
    const program = join(host.dir, 'ends');
    const real = join(process.cwd(), 'server', 'symcache');
    writeFileSync(program, `#!/bin/sh\n[ "$1" = version ] && exec ${quote(real)} "$@"\nexit 1\n`, { mode: 0o755 });
    host.set({ 'symcache.path': program });
    await window.notification(/ended 5 times/).waitFor();
    assert.equal(await window.notification('').count(), 1);
    host.set({});
    await window.ready();
    await window.clearNotifications();
  });

  step('gives up a server that does not answer when there is another', async () => {
    const program = join(host.dir, 'hangs');
    const started = join(host.dir, 'started');
    const real = join(process.cwd(), 'server', 'symcache');
    writeFileSync(program, `#!/bin/sh\n[ "$1" = version ] && exec ${quote(real)} "$@"\ntouch ${quote(started)}\nexec sleep 3600\n`,
      { mode: 0o755 });
    host.set({ 'symcache.path': program });
    await until('it is started', () => existsSync(started), yes => yes);
    await window.command('symcache: Stop Server');
    await window.statusBar('symcache').locator('.codicon-circle-slash').waitFor();
    rmSync(started);
    await window.command('symcache: Restart Server');
    await until('it is started', () => existsSync(started), yes => yes);
    host.set({});
    await window.ready();
    assert.equal(host.serverProcesses().length, 1);
  });

  step('has a walkthrough', async () => {
    await window.command('symcache: Open Walkthrough');
    await window.page.getByText('Find any symbol while you type').first().waitFor();
    await window.screenshot('walkthrough');
  });

  step('leaves no server behind', async () => {
    await window.close();
    await host.quit();
    await until('no server', () => host.serverProcesses(), pids => pids.length === 0);
  });
});

/** moveTo presses the arrow key until an entry is active, and leaves out the first ones. */
async function moveTo(window: Window, row: RegExp, leaveOut = 0): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const active = await window.page.locator('.quick-input-list .monaco-list-row.focused').first()
      .getAttribute('aria-label') ?? '';
    if (i >= leaveOut && row.test(active)) {
      return;
    }
    await window.page.keyboard.press('ArrowDown');
  }
  assert.fail(`no entry like ${row.source}`);
}

/** pointAt takes a picture of the entry in the status bar and what is shown where one points at it. */
async function pointAt(window: Window, name: string): Promise<void> {
  await window.statusBar('symcache').hover();
  const shown = window.page.locator('.workbench-hover', { hasText: 'Status' });
  await shown.waitFor();
  await until('shown', () => shown.evaluate(hover => // it fades in
    (globalThis as unknown as { getComputedStyle: (of: unknown) => { opacity: string } }).getComputedStyle(hover).opacity), opacity => opacity === '1');
  await window.screenshot(name, { x: 0, y: 640, width: 640, height: 160 });
  await window.page.mouse.move(800, 300);
  await window.page.locator('.workbench-hover').waitFor({ state: 'hidden' });
}

/** tabs are the names of what is open. */
async function tabs(window: Window): Promise<string[]> {
  return await window.tab('').allInnerTexts();
}

/**
 * findsInstantly waits until a symbol is found, or is not found any more by a server that has read all, and that is not
 * replaced meanwhile.
 */
async function findsInstantly(host: Host, window: Window, name: string, found: boolean): Promise<void> {
  await window.ready();
  await window.instant();
  await until(`${name} is ${found ? '' : 'not '}found`, async () => {
    const servers = host.serverProcesses();
    await window.type('NewItem');
    await window.row('NewItem').first().waitFor();
    await window.type(name);
    await window.row('NewItem').first().waitFor({ state: 'detached' });
    const rows = await window.rows();
    const title = await window.page.locator('.quick-input-title').innerText();
    await window.type('NewItem');
    await window.row('NewItem').first().waitFor();
    return { rows, title, servers, after: host.serverProcesses() };
  }, ({ rows, title, servers, after }) => found ? rows.some(row => row.startsWith(name))
    : !rows.some(row => row.startsWith(name)) && title === 'Go to Symbol (Instant)' && servers.length === 1 && same(servers, after));
  await window.page.keyboard.press('Escape');
}

function packs(cache: string): string[] {
  return existsSync(cache)
    ? readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.pack')) : [];
}
