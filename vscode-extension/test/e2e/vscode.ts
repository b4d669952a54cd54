/**
 * A real VS Code to act on: its server with the extension host, and its workbench in a headless Chromium. One
 * Host is one installation of extensions and one cache; each window is one page.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { chromium, type Browser, type BrowserContext, type JSHandle, type Locator, type Page } from 'playwright-core';

/** patience, in ms, with what VS Code shows, on a machine that does other things too. Nothing waits without a sign. */
export const patience = 120_000;

/** Paths of the extension's folder, where `npm run` starts. */
const extensionDir = process.cwd();
export const repository = dirname(extensionDir);
export const output = join(extensionDir, 'test-output');

/** vsix is the file to test, of `npm run package`. */
export function vsix(): string {
  const { version } = JSON.parse(readFileSync(join(extensionDir, 'package.json'), 'utf8')) as { version: string };
  const file = join(extensionDir, 'dist', `symcache-${process.platform}-${process.arch}-${version}.vsix`);
  if (!existsSync(file)) {
    throw new Error(`there is no ${file}: npm run package`);
  }
  return file;
}

export interface HostOptions {
  /** Extensions to install. */
  vsix: readonly string[];
  /** Settings of the user. */
  settings?: Record<string, unknown>;
  /** Environment of the extension host. */
  env?: NodeJS.ProcessEnv;
}

/**
 * tied has sh run a program as the leader of a process group, which is killed when the pipe of descriptor 3 is closed:
 * a run that is itself killed leaves nothing behind. Who waits for that has no environment, by which processes are known.
 */
const tied = `env -i sh -c 'read _; kill -KILL 0' <&3 >/dev/null 2>&1 & exec "$@" 3<&-`;

/** quote is for a shell. */
export function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

export class Host {
  private constructor(
    readonly dir: string,
    private readonly port: number,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
  ) {}

  static async start(options: HostOptions): Promise<Host> {
    const installed = process.env['VSCODE_HOST'] ?? join(repository, '.cache', 'vscode');
    const code = join(installed, 'node_modules', 'code-server', 'lib', 'vscode');
    if (!existsSync(code)) {
      throw new Error(`there is no VS Code in ${installed}: run test/e2e/install.sh ${installed}`);
    }
    const dir = mkdtempSync(join(tmpdir(), 'symcache-vscode-'));
    // A run that is broken off leaves nothing behind either.
    let server: ChildProcess | undefined = undefined;
    process.once('exit', () => {
      if (server !== undefined) {
        kill(server);
      }
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => process.exit(1));
    }
    mkdirSync(output, { recursive: true });
    for (const [whose, settings] of [['User', { ...defaults, ...options.settings }], ['Machine', {}]] as const) {
      mkdirSync(dirname(settingsFile(dir, whose)), { recursive: true });
      writeFileSync(settingsFile(dir, whose), JSON.stringify(settings));
    }
    const main = [
      join(code, 'out', 'server-main.js'), '--accept-server-license-terms', '--server-data-dir', join(dir, 'data'),
    ];
    // Sockets and what VS Code keeps for the next start go with the rest.
    const run = join(dir, 'run');
    mkdirSync(run);
    const env = {
      ...process.env, HOME: dir, TMPDIR: run, XDG_RUNTIME_DIR: run, SYMCACHE_DIR: cacheOf(dir), ...options.env,
    };
    for (const extension of options.vsix) {
      execFileSync(process.execPath, [...main, '--install-extension', extension], { env, stdio: 'pipe' });
    }
    server = spawn('sh', [
      '-c', tied, 'sh', process.execPath, ...main, '--host', '127.0.0.1', '--port', '0', '--without-connection-token',
      '--telemetry-level', 'off',
    ], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    try {
      const [, port] = await said(server, /Extension host agent listening on (\d+)\n/);
      const browser = await chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'],
      });
      return new Host(dir, Number(port), server, browser);
    } catch (err) {
      kill(server);
      throw err;
    }
  }

  /** set replaces the settings of the machine, which come before those of the user. Open windows take them at once. */
  set(settings: Record<string, unknown>): void {
    writeFileSync(settingsFile(this.dir, 'Machine'), JSON.stringify(settings));
  }

  /** workspace makes a folder with files. */
  workspace(name: string, files: Record<string, string>): string {
    const dir = join(this.dir, name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
    return dir;
  }

  /** copy copies a folder, or what a filter leaves of it. */
  copy(from: string, name: string, filter: (path: string) => boolean = () => true): string {
    const dir = join(this.dir, name);
    cpSync(from, dir, { recursive: true, filter });
    return dir;
  }

  /** open opens a window on a folder or a .code-workspace file. */
  async open(folder: string, options: { trust?: boolean } = {}): Promise<Window> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(this.url(folder));
    const window = new Window(page, context);
    if (options.trust !== false) {
      await window.trust();
    }
    return window;
  }

  /** url is of a window on a folder or a .code-workspace file, with a file open in it. */
  url(folder: string, file?: string): string {
    const kind = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    const url = `http://127.0.0.1:${this.port}/?${kind}=${encodeURIComponent(folder)}`;
    return file === undefined ? url
      : `${url}&payload=${encodeURIComponent(JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${this.port}${file}`]]))}`;
  }

  /** serverProcesses are the ids of the symcache servers that this host runs. */
  serverProcesses(): number[] {
    return this.processes(([, command]) => command === 'serve');
  }

  /**
   * leave ends the extension hosts of windows that were closed, and so their servers. VS Code's server keeps them for
   * hours where it has not heard of the window's end.
   */
  async leave(): Promise<void> {
    this.processes(command => command.includes('--type=extensionHost')).forEach(pid => process.kill(pid, 'SIGKILL'));
    await until('no server', () => this.serverProcesses(), pids => pids.length === 0);
  }

  /** processes are those that VS Code's server has started, itself included, which know the cache by its environment. */
  private processes(is: (command: string[]) => boolean): number[] {
    return readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
      try {
        return readFileSync(join('/proc', pid, 'environ'), 'utf8').includes(`SYMCACHE_DIR=${this.cacheDir}\0`) &&
          is(readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0'));
      } catch {
        return false; // it has ended meanwhile
      }
    }).map(Number);
  }

  get cacheDir(): string {
    return cacheOf(this.dir);
  }

  /** quit ends VS Code, and waits until all that it has started has ended too. */
  async quit(): Promise<void> {
    await this.browser.close();
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const ended = new Promise(resolve => this.server.once('exit', resolve));
      this.server.kill();
      await ended;
    }
    await until('all processes have ended', () => this.processes(() => true), pids => pids.length === 0);
    kill(this.server);
  }

  async stop(): Promise<void> {
    await this.quit();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** cacheOf is where a cache would be by itself, so that pictures have paths that people know. */
function cacheOf(home: string): string {
  return join(home, '.cache', 'symcache');
}

/** kill ends a tied server with all that it has started. */
function kill(server: ChildProcess): void {
  server.stdio[3]?.destroy();
}

function settingsFile(dir: string, whose: 'User' | 'Machine'): string {
  return join(dir, 'data', 'data', whose, 'settings.json');
}

/** Settings that keep a window quiet, so that what is seen is ours. */
const defaults = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.tips.enabled': false,
  'security.workspace.trust.startupPrompt': 'always',
  'security.workspace.trust.banner': 'always',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'workbench.reduceMotion': 'on',
  'window.commandCenter': false,
  'chat.commandCenter.enabled': false,
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
};

/** What a view shows from a moment on. */
export interface Shown {
  ms: number;
  rows: string[];
}

/** watchRows runs in the page, whose types are not known here. */
const watchRows = `(() => {
  const pane = document.querySelector('.outline-pane');
  const seen = [];
  const note = () => {
    const rows = [...pane.querySelectorAll('.monaco-list-row')].map(row => row.ariaLabel);
    if (rows.join() !== seen.at(-1)?.rows.join()) {
      seen.push({ ms: performance.now(), rows });
    }
  };
  note();
  new MutationObserver(note).observe(pane, { subtree: true, childList: true, attributes: true });
  return seen;
})()`;

/** notes begin so: see rows in src/instantSymbol.ts. */
const notes = /matches (“|yet)|begins with “|^There is no |^No symbols/;

/** Window is a window of VS Code, and what a person does in it. */
export class Window {
  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  /** trust accepts the workspace, if that is asked. */
  async trust(): Promise<void> {
    const yes = this.page.getByRole('button', { name: 'Yes, I trust the authors' });
    await this.page.locator('.monaco-workbench').waitFor();
    await yes.waitFor();
    await yes.click();
  }

  /** trustIfAsked is for where it depends on what was trusted before: it waits until the window is there. */
  async trustIfAsked(): Promise<void> {
    const yes = this.page.getByRole('button', { name: /^Yes/ });
    const zap = this.page.locator('.statusbar-item .codicon-zap');
    const restricted = this.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }); // in which we run too
    await until('trust, or a question', async () =>
      await yes.isVisible() || await zap.isVisible() && !await restricted.isVisible(), yes => yes);
    if (await yes.isVisible()) {
      await yes.click();
    }
  }

  async distrust(): Promise<void> {
    const no = this.page.getByRole('button', { name: "No, I don't trust the authors" });
    await no.waitFor();
    await no.click();
  }

  /** command runs a command by its title. */
  async command(title: string): Promise<void> {
    await this.choose('F1', `>${title}`, this.page.locator('.monaco-list-row.focused', { hasText: title }));
  }

  /** openFile opens a file by its name or path, with a line where `name:line` is given. */
  async openFile(name: string): Promise<void> {
    const file = basename(name.split(':')[0] ?? name);
    await this.choose('Control+P', name, this.page.locator(`.monaco-list-row.focused[aria-label^="${file}"]`), true);
    await this.tab(file, true).waitFor();
  }

  /**
   * choose enters a text into a list that a key opens, and accepts the row that it leads to. What takes the focus at
   * this very moment, as a webview does when it has loaded, closes the list again, and a key may get lost: what is
   * missing is done again until the row is accepted. The key may be one that is pressed over another list, too.
   */
  private async choose(key: string, text: string, row: Locator, over = false): Promise<void> {
    const input = this.input;
    // It is sent to the input of the list that is open and has the row, or to nobody.
    const accept = this.list.filter({ has: row }).locator('input.input');
    const deadline = Date.now() + patience;
    for (let wait = 2000, begun = Date.now(); Date.now() < deadline;) {
      if (over || !await input.isVisible()) {
        over = false;
        await this.page.keyboard.press(key);
        await input.waitFor({ timeout: wait }).catch(() => undefined);
      }
      if (await input.inputValue({ timeout: 1000 }).catch(() => undefined) !== text) {
        await input.fill(text, { timeout: 1000 }).catch(() => undefined);
      }
      const accepted = await accept.evaluateAll((inputs, event) => {
        const { KeyboardEvent } = globalThis as unknown as { KeyboardEvent: new (type: string, event: object) => Event };
        inputs.forEach(input => (input as unknown as EventTarget).dispatchEvent(new KeyboardEvent('keydown', event)));
        return inputs.length;
      }, { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true, composed: true });
      if (accepted > 0) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 50));
      if (Date.now() > begun + 5 * wait) { // this is another list
        await this.page.keyboard.press('Escape');
        begun = Date.now();
        wait *= 2;
      }
    }
    throw new Error(`no such row for "${text}": ${JSON.stringify(await this.rows())}`);
  }

  /** instant opens Go to Symbol (Instant), and enters a text. */
  async instant(text = ''): Promise<void> {
    const title = this.page.locator('.quick-input-title', { hasText: 'Go to Symbol (Instant)' });
    await until('Go to Symbol (Instant)', async () => {
      await this.command('Go to Symbol (Instant)');
      return await this.list.filter({ has: title }).locator('input.input').fill(text, { timeout: patience / 4 })
        .then(() => true, () => false);
    }, yes => yes);
  }

  /** type replaces what is in the quick input. */
  async type(text: string): Promise<void> {
    await this.input.fill(text);
  }

  /** list is the quick input, if it is open, and input what one types into. */
  private get list(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  private get input(): Locator {
    return this.page.locator('.quick-input-widget input.input').first();
  }

  /** rows are the entries of the quick input, as people read them, and from the first to the last. */
  async rows(): Promise<string[]> {
    const rows = await this.page.locator('.quick-input-list .monaco-list-row').evaluateAll(rows =>
      (rows as unknown as { ariaLabel?: string | null; dataset: { index?: string } }[]).map(row =>
        ({ text: row.ariaLabel ?? '', index: Number(row.dataset.index) })));
    return rows.sort((a, b) => a.index - b.index).map(({ text }) => text);
  }

  /** row is an entry with a text, but not a note that there is none. */
  row(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).filter({ hasNotText: notes });
  }

  /** note is what the list of Go to Symbol (Instant) says where it has no symbol. */
  note(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).filter({ hasText: notes });
  }

  /** outline are the entries of the Outline view, which is to be open. */
  async outline(): Promise<string[]> {
    return await this.page.locator('.outline-pane .monaco-list-row').evaluateAll(rows =>
      rows.map(row => (row as { ariaLabel?: string | null }).ariaLabel ?? ''));
  }

  /** wholeOutline is the same and opens what is closed: on a busy machine VS Code at times closes it when it is asked again. */
  async wholeOutline(): Promise<string[]> {
    const closed = this.page.locator('.outline-pane .monaco-list-row[aria-expanded="false"] .monaco-tl-twistie').first();
    if (await closed.isVisible()) {
      await closed.click({ timeout: 1000 }).catch(() => undefined); // it may be gone
    }
    return await this.outline();
  }

  /**
   * noOutline waits until there is none. VS Code shows none at each change of those who have one, too, so that they are
   * asked: this list waits for them.
   */
  async noOutline(): Promise<void> {
    const none = this.page.locator('.outline-pane.message .outline-message', { hasText: 'No symbols found' });
    await until('no outline', async () => {
      await none.waitFor();
      await this.page.keyboard.press('Control+P');
      const asked = await this.input.fill('@', { timeout: patience / 8 })
        .then(() => this.row('No editor symbols').waitFor({ timeout: patience / 8 }))
        .then(() => true, () => false);
      await this.page.keyboard.press('Escape');
      return { asked, shown: await this.outline(), none: await none.isVisible() };
    }, ({ asked, shown, none }) => asked && none && shown.length === 0);
  }

  /** now is the time in the window, in ms. */
  async now(): Promise<number> {
    return await this.page.evaluate('performance.now()');
  }

  /** watchOutline notes from now on what the Outline view shows, and when, in ms. */
  async watchOutline(): Promise<() => Promise<Shown[]>> {
    await this.page.locator('.outline-pane').waitFor();
    const seen = await this.page.evaluateHandle(watchRows) as JSHandle<Shown[]>;
    return () => seen.jsonValue();
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item[id="symcache.symcache.symcache.status"]', { hasText: text });
  }

  /** ready waits until the status bar says that all is read. */
  async ready(): Promise<void> {
    await this.page.locator('.statusbar-item[id="symcache.symcache.symcache.status"] .codicon-zap')
      .waitFor();
  }

  /** tells waits until the status bar's entry has a text for those who cannot see its tooltip. */
  async tells(text: string): Promise<void> {
    await this.page.locator(`.statusbar-item[id="symcache.symcache.symcache.status"] [aria-label*="${text}"]`).waitFor();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  }

  /** tab is of a file, or of a comparison where the name has its arrow. */
  tab(name: string, active = false): Locator {
    const tabs = this.page.locator(`.editor-group-container .tab${active ? '.active' : ''}`, { hasText: name });
    return name === '' || name.includes('↔') ? tabs : tabs.filter({ hasNotText: '↔' });
  }

  /** caret is where it says it is. */
  async caret(): Promise<string> {
    return await this.page.locator('.statusbar-item[id="status.editor.selection"]').first().innerText();
  }

  /**
   * definition tells where F12 leads to: nowhere, where VS Code shows a list, since ours is there beside another, or
   * says that there is nothing.
   */
  async definition(file: string, line: number, column: number): Promise<string> {
    const shown = this.page.locator('.peekview-widget, .monaco-editor-overlaymessage').first();
    await this.openFile(`${file}:${line}:${column}`);
    // With a tab before it, VS Code tells another column.
    const from = await until('caret', () => this.caret(), caret => caret.startsWith(`Ln ${line}, `));
    await this.page.keyboard.press('F12');
    await until('F12', async () => await this.caret() !== from || await shown.isVisible(), yes => yes, patience / 4)
      .catch(() => undefined); // a key may get lost
    const caret = await this.caret();
    await this.page.keyboard.press('Escape');
    return caret;
  }

  /** hover points to a place, and looks at what is shown there as soon as it has a text, if it has. */
  async hover<T>(file: string, line: number, column: number, text: string, look: (rows: Locator) => Promise<T>): Promise<T | undefined> {
    const rows = this.page.locator('.monaco-hover .hover-row', { hasText: text });
    await this.openFile(`${file}:${line}:${column}`);
    await until('caret', () => this.caret(), caret => caret.startsWith(`Ln ${line}, `));
    await this.command('Show or Focus Hover');
    if (!await rows.first().waitFor({ timeout: patience / 4 }).then(() => true, () => false)) {
      return undefined; // it may have been closed, or the place was not known yet
    }
    const seen = await look(rows);
    await this.page.keyboard.press('Escape');
    await rows.first().waitFor({ state: 'hidden' });
    return seen;
  }

  /** clearNotifications makes room: VS Code shows three at a time. */
  async clearNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.notification('').first().waitFor({ state: 'detached' });
  }

  /** screenshot keeps a picture, of the whole window of 1280 x 800 or of a part of it. */
  async screenshot(name: string, clip?: { x: number; y: number; width: number; height: number }): Promise<void> {
    await this.page.screenshot({ path: join(output, `${name}.png`), ...clip && { clip } });
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/**
 * steps makes the tests of a session, in which each step finds what the one before has left: after one that fails,
 * with a picture of what was there, the others are skipped.
 */
export function steps(name: string, window: () => Window | undefined): (title: string, step: (t: TestContext) => Promise<void>) => void {
  let failed = false;
  return (title, step) => {
    it(title, async t => {
      if (failed) {
        t.skip('a step before failed');
        return;
      }
      try {
        await step(t);
      } catch (err) {
        failed = true;
        await window()?.screenshot(`failed-${name}`).catch((why: unknown) => { t.diagnostic(`no picture: ${String(why)}`); });
        throw err;
      }
    });
  };
}

/** until waits for a condition that VS Code shows no element for. */
export async function until<T>(
  what: string, probe: () => Promise<T> | T, is: (value: T) => boolean, ms = patience,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (is(value)) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: ${JSON.stringify(value)}`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** said waits until a server has written something. */
function said(server: ChildProcess, text: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const late = setTimeout(() => { reject(new Error(`VS Code's server has only said: ${seen}`)); }, patience);
    const read = (data: Buffer) => {
      seen += data.toString();
      const match = text.exec(seen);
      if (match !== null) {
        clearTimeout(late);
        resolve(match);
      }
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', code => {
      clearTimeout(late);
      reject(new Error(`VS Code's server ended with ${code}: ${seen}`));
    });
  });
}
