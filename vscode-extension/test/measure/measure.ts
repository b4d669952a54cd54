/**
 * How soon a window of VS Code is of use: from opening it on a file to the symbols of that file (Ctrl+Shift+O), to
 * symbols by VS Code's own Ctrl+T, and to symbols by Go to Symbol (Instant). Each of them with a cache that is warm,
 * with an empty one, and without symcache.
 *
 *   npm run measure -- --tree DIR --file FILE --symbol NAME [--runs N]
 *
 * The tree is copied. FILE is relative to it, NAME is what is searched. Prints a table in Markdown: medians, in seconds.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Host, vsix, Window } from '../e2e/vscode';

/** giveUp, in ms, where nobody answers, as for Go without symcache. */
const giveUp = 60_000;

/** pressAgain, in ms, after which somebody presses a key again that a VS Code that was still starting did not see. */
const pressAgain = 200;

/** typeAgain, in ms, after which they type again who got no answer. Sooner, nobody would get far with one. */
const typeAgain = 1000;

const { values } = parseArgs({ options: {
  tree: { type: 'string' }, file: { type: 'string' }, symbol: { type: 'string' }, runs: { type: 'string', default: '3' },
} });
const { tree, file, symbol, runs } = values;
if (tree === undefined || file === undefined || symbol === undefined) {
  throw new Error('usage: npm run measure -- --tree DIR --file FILE --symbol NAME [--runs N]');
}

/** What is waited for in a window that has just been opened. */
const uses: Record<string, (window: Window) => Promise<void>> = {
  'Ctrl+Shift+O': outline,
  'Ctrl+T': window => finds(window, 'Control+T', `#${symbol}`),
  Instant: window => finds(window, 'Shift+Alt+T', symbol),
};

/** outline needs no more than the key: VS Code waits for whoever has symbols. */
async function outline(window: Window): Promise<void> {
  const { page } = window;
  const input = page.locator('.quick-input-widget input.input').first();
  await page.locator('.monaco-editor .view-line').first().waitFor({ timeout: giveUp });
  for (const deadline = performance.now() + giveUp; !await input.isVisible() && performance.now() < deadline;) {
    await page.keyboard.press('Control+Shift+O');
    await input.waitFor({ timeout: pressAgain }).catch(() => undefined);
  }
  await page.locator('.quick-input-list .monaco-list-row [class*="codicon-symbol-"]').first().waitFor({ timeout: giveUp });
}

async function finds(window: Window, key: string, text: string): Promise<void> {
  const input = window.page.locator('.quick-input-widget input.input').first();
  const found = window.row(symbol ?? '').first();
  for (const deadline = performance.now() + giveUp; performance.now() < deadline;) {
    if (!await input.isVisible()) {
      await window.page.keyboard.press(key);
      await input.waitFor({ timeout: pressAgain }).catch(() => undefined);
      continue;
    }
    // A window that is still starting may close the input again.
    const filled = await input.fill(text, { timeout: pressAgain }).then(() => true, () => false);
    while (filled && await window.page.locator('.quick-input-progress.active').isVisible()
      && performance.now() < deadline && !await found.isVisible()) {
      await found.waitFor({ timeout: pressAgain }).catch(() => undefined);
    }
    if (filled && await found.waitFor({ timeout: typeAgain }).then(() => true, () => false)) {
      return;
    }
    await input.fill('', { timeout: pressAgain }).catch(() => undefined); // nobody was there to be asked
  }
  throw new Error(`${symbol} was not found`);
}

async function main(tree: string, file: string): Promise<void> {
  const host = await Host.start({ vsix: [vsix()] });
  try {
    const folder = host.copy(resolve(tree), basename(resolve(tree)));
    if (file.endsWith('.ts') && !existsSync(join(folder, 'tsconfig.json'))) {
      writeFileSync(join(folder, 'tsconfig.json'), '{}'); // so that all files are one project
    }
    const first = await host.open(folder); // which is trusted from now on
    await first.ready();
    const context = first.page.context();
    await first.page.close();

    const cells: string[][] = [];
    for (const [cache, enable] of [['warm', true], ['empty', true], ['no symcache', false]] as const) {
      host.set({ 'symcache.enable': enable });
      const row: string[] = [cache];
      for (const [use, waitFor] of Object.entries(uses)) {
        if (use === 'Instant' && !enable) {
          row.push('');
          continue;
        }
        const times: number[] = [];
        for (let run = 0; run < Number(runs) && !times.includes(Infinity); run++) {
          await host.leave();
          if (cache === 'empty') {
            rmSync(host.cacheDir, { recursive: true, force: true });
          }
          const page = await context.newPage();
          const began = performance.now();
          await page.goto(host.url(folder, join(folder, file)), { waitUntil: 'commit' });
          await waitFor(new Window(page, context)).then(() => times.push(performance.now() - began), () => times.push(Infinity));
          await page.close();
        }
        const median = times.sort((a, b) => a - b)[times.length >> 1] ?? Infinity;
        row.push(Number.isFinite(median) ? (median / 1000).toFixed(1) : `none in ${giveUp / 1000}`);
      }
      cells.push(row);
      console.log(`| ${row.join(' | ')} |`);
    }
    console.log(`\n${basename(folder)}, ${cpus().length} cores of ${cpus()[0]?.model ?? '?'}, load ${loadavg().map(l => l.toFixed(1)).join(' ')}\n`);
    console.log(`| cache | ${Object.keys(uses).join(' | ')} |\n|---|${'---|'.repeat(Object.keys(uses).length)}`);
    console.log(cells.map(row => `| ${row.join(' | ')} |`).join('\n'));
  } finally {
    await host.stop();
  }
}

void main(tree, file);
