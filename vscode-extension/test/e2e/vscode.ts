/**
 * A real VS Code to act on: its server with the extension host, and its workbench in a headless Chromium. One
 * Host is one installation of extensions and one cache; each window is one page.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';

/** patience, in ms, with what VS Code shows, on a machine that does other things too. */
export const patience = 20_000;

/** Paths of the extension's folder, where `npm run` starts. */
const extensionDir = process.cwd();
export const repository = dirname(extensionDir);
export const output = join(extensionDir, 'test-output');

/** vsix is the file to install: the newest of `npm run package`. */
export function vsix(): string {
  const dist = join(extensionDir, 'dist');
  const file = readdirSync(dist).filter(f => f.endsWith('.vsix'))
    .sort((a, b) => statSync(join(dist, b)).mtimeMs - statSync(join(dist, a)).mtimeMs)[0];
  if (file === undefined) {
    throw new Error(`there is no VSIX in ${dist}: npm run package`);
  }
  return join(dist, file);
}

export interface HostOptions {
  vsix: string;
  /** Settings of the user. */
  settings?: Record<string, unknown>;
  /** Environment of the extension host. */
  env?: NodeJS.ProcessEnv;
}

export class Host {
  private constructor(
    readonly dir: string,
    private readonly port: number,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly settings: Record<string, unknown>,
  ) {}

  static async start(options: HostOptions): Promise<Host> {
    const installed = process.env['VSCODE_HOST'] ?? join(repository, '.cache', 'vscode');
    const code = join(installed, 'node_modules', 'code-server', 'lib', 'vscode');
    if (!existsSync(code)) {
      throw new Error(`there is no VS Code in ${installed}: run test/e2e/install.sh ${installed}`);
    }
    const dir = mkdtempSync(join(tmpdir(), 'symcache-vscode-'));
    const data = join(dir, 'data');
    const settings = { ...defaults, ...options.settings };
    mkdirSync(dirname(settingsFile(dir)), { recursive: true });
    mkdirSync(output, { recursive: true });
    writeFileSync(settingsFile(dir), JSON.stringify(settings, null, 2));
    const main = [join(code, 'out', 'server-main.js'), '--accept-server-license-terms', '--server-data-dir', data];
    execFileSync(process.execPath, [...main, '--install-extension', options.vsix], { stdio: 'pipe' });
    const port = await freePort();
    const server = spawn(process.execPath, [
      ...main, '--host', '127.0.0.1', '--port', `${port}`, '--without-connection-token', '--telemetry-level', 'off',
    ], {
      env: { ...process.env, SYMCACHE_DIR: join(dir, 'cache'), ...options.env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    await said(server, 'Extension host agent listening');
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'],
    });
    return new Host(dir, port, server, browser, settings);
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

  copy(from: string, name: string): string {
    const dir = join(this.dir, name);
    cpSync(from, dir, { recursive: true });
    return dir;
  }

  /** open opens a window on a folder or a .code-workspace file. */
  async open(folder: string, options: { trust?: boolean } = {}): Promise<Window> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    const kind = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await page.goto(`http://127.0.0.1:${this.port}/?${kind}=${encodeURIComponent(folder)}`);
    page.setDefaultTimeout(patience);
    const window = new Window(page, context, this.settings);
    if (options.trust !== false) {
      await window.trust();
    }
    return window;
  }

  /** serverProcesses are the ids of the symcache servers that this host runs. */
  serverProcesses(): number[] {
    const found: number[] = [];
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
        if (command[0]?.startsWith(this.dir) === true && command[1] === 'serve') {
          found.push(Number(pid));
        }
      } catch {
        // It has ended meanwhile.
      }
    }
    return found;
  }

  get cacheDir(): string {
    return join(this.dir, 'cache');
  }

  /** quit ends VS Code. */
  async quit(): Promise<void> {
    await this.browser.close();
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const ended = new Promise(resolve => this.server.once('exit', resolve));
      this.server.kill();
      await ended;
    }
  }

  async stop(): Promise<void> {
    await this.quit();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

function settingsFile(dir: string): string {
  return join(dir, 'data', 'data', 'User', 'settings.json');
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
  'window.commandCenter': false,
  'chat.commandCenter.enabled': false,
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
};

/** Window is a window of VS Code, and what a person does in it. */
export class Window {
  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly settings: Record<string, unknown>,
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
    await this.page.locator('.monaco-workbench').waitFor();
    await yes.or(this.page.locator('.statusbar-item .codicon-zap')).first().waitFor();
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
    // What takes the focus at this very moment, as a webview does when it has loaded, closes the list again.
    const input = this.page.locator('.quick-input-widget input.input').first();
    for (let attempt = 0; attempt < 5 && !await input.isVisible(); attempt++) {
      await this.page.keyboard.press('F1');
      await input.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
    await this.type(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title }).first()
      .waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** openFile opens a file by its name, with a line where `name:line` is given. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.type(name);
    const file = name.split(':')[0] ?? name;
    await this.page.locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${file}"]`).waitFor();
    await this.page.keyboard.press('Enter');
    await this.tab(file, true).waitFor();
  }

  /** set changes settings of the user, from those that the host was started with. */
  async set(changes: Record<string, unknown>): Promise<void> {
    await this.rewrite('Open User Settings (JSON)', 'settings.json', JSON.stringify({ ...this.settings, ...changes }));
  }

  /** rewrite replaces what is in a file that a command opens. */
  async rewrite(command: string, file: string, text: string): Promise<void> {
    await this.command(command);
    const tab = this.tab(file, true);
    await tab.waitFor();
    await this.page.locator('.editor-group-container.active .monaco-editor .view-line').first().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.editor-group-container .tab.active:not(.dirty)', { hasText: file }).waitFor();
    await tab.locator('.tab-actions .action-label').click();
    await tab.waitFor({ state: 'detached' });
  }

  /** instant opens Go to Symbol (Instant), and enters a text. */
  async instant(text = ''): Promise<void> {
    await this.command('Go to Symbol (Instant)');
    await this.page.locator('.quick-input-title', { hasText: 'Go to Symbol (Instant)' }).waitFor();
    await this.type(text);
  }

  /** type replaces what is in the quick input. */
  async type(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input').first();
    await input.waitFor();
    await input.fill(text);
  }

  /** rows are the entries of the quick input, as people read them. */
  async rows(): Promise<string[]> {
    return await this.page.locator('.quick-input-list .monaco-list-row').evaluateAll(rows =>
      rows.map(row => (row as { ariaLabel?: string | null }).ariaLabel ?? ''));
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text });
  }

  /** outline are the entries of the Outline view, which is to be open. */
  async outline(): Promise<string[]> {
    return await this.page.locator('.outline-pane .monaco-list-row').evaluateAll(rows =>
      rows.map(row => (row as { ariaLabel?: string | null }).ariaLabel ?? ''));
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item[id="symcache.symcache.symcache.status"]', { hasText: text });
  }

  /** ready waits until the status bar says that all is read. */
  async ready(): Promise<void> {
    await this.page.locator('.statusbar-item[id="symcache.symcache.symcache.status"] .codicon-zap')
      .waitFor();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  }

  tab(name: string, active = false): Locator {
    return this.page.locator(`.editor-group-container .tab${active ? '.active' : ''}`, { hasText: name });
  }

  /** caret is where it says it is. */
  async caret(): Promise<string> {
    return await this.page.locator('.statusbar-item[id="status.editor.selection"]').first().innerText();
  }

  /** clearNotifications makes room: VS Code shows three at a time. */
  async clearNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.notification('').first().waitFor({ state: 'detached' });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(output, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/**
 * steps makes the tests of a session, in which each step finds what the one before has left: after one that fails,
 * with a picture of what was there, the others are skipped.
 */
export function steps(name: string, window: () => Window | undefined): (title: string, step: () => Promise<void>) => void {
  let failed = false;
  return (title, step) => {
    it(title, async t => {
      if (failed) {
        t.skip('a step before failed');
        return;
      }
      try {
        await step();
      } catch (err) {
        failed = true;
        await window()?.screenshot(`failed-${name}`);
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

function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const read = (data: Buffer) => {
      seen += data.toString();
      if (seen.includes(text)) {
        resolve();
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', code => { reject(new Error(`VS Code's server ended with ${code}: ${seen}`)); });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') {
          resolve(address.port);
        }
      });
    });
  });
}
