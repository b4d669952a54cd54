/** How the server stands: in the status bar, and in the language status of files that it serves. */
import * as vscode from 'vscode';
import { runJSON } from './core/cli';
import { facts, present, type CacheStats, type ServerStatus, type Situation } from './core/present';
import type { Neighbours } from './neighbours';
import type { Session } from './session';

/** askingPeriod, in ms, between looks at a server that scans: what the eye sees as steady. */
const askingPeriod = 200;

/** quiet, in ms, after a save before the figures are asked for again. */
const quiet = 1000;

export class StatusView implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when the situation is another. */
  readonly onDidChange = this.changed.event;
  private readonly bar = vscode.window.createStatusBarItem('symcache.status', vscode.StatusBarAlignment.Left, 0);
  private readonly language = vscode.languages.createLanguageStatusItem('symcache.status', []);
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private status: ServerStatus | undefined;
  private cache: CacheStats | undefined;
  private asking = false;

  constructor(private readonly session: Session, private readonly neighbours: Neighbours) {
    this.bar.name = 'symcache';
    this.bar.command = 'symcache.showStatus';
    this.language.name = 'symcache';
    this.language.command = { command: 'symcache.showStatus', title: 'Show Status' };
    this.disposables = [
      this.changed, this.bar, this.language,
      session.onDidChange(() => { this.sessionChanged(); }),
      neighbours.onDidChange(() => { this.render(); }),
      vscode.workspace.onDidSaveTextDocument(() => { this.later(quiet); }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) {
          this.later(0);
        }
      }),
    ];
    this.render();
    this.bar.show();
  }

  get situation(): Situation {
    const { phase, problem, binary } = this.session;
    return {
      phase, problem,
      program: binary && { path: binary.path, source: binary.source, version: binary.version.version },
      status: this.status,
      cache: this.cache,
      yielded: this.neighbours.yielding.all(),
    };
  }

  /** update asks for all figures anew. */
  async update(): Promise<void> {
    await Promise.all([this.updateStatus(), this.updateCache()]);
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private sessionChanged(): void {
    this.status = undefined;
    const client = this.session.running;
    if (client !== undefined) {
      this.language.selector = this.session.selector;
      // A notification of rust-analyzer's that others have taken up. Not all servers of ours send it.
      client.onNotification('experimental/serverStatus', () => { this.later(0); });
      this.later(0);
    }
    this.render();
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { void this.updateStatus(); }, ms);
  }

  private async updateStatus(): Promise<void> {
    const client = this.session.running;
    if (client === undefined) {
      return;
    }
    if (this.asking) { // the answer under way may be from before what happened, or of a server that is gone
      this.later(askingPeriod);
      return;
    }
    this.asking = true;
    const before = this.status?.state;
    try {
      const status = await client.sendRequest<ServerStatus>('symcache/status');
      if (client !== this.session.running) {
        return;
      }
      this.status = status;
    } catch {
      return; // it went away, which the session will say
    } finally {
      this.asking = false;
    }
    this.render();
    if (this.status.state === 'scanning') {
      this.later(askingPeriod);
    } else if (before !== 'ready') {
      void this.updateCache();
    }
  }

  private async updateCache(): Promise<void> {
    const { binary } = this.session;
    if (binary === undefined) {
      return;
    }
    try {
      this.cache = await runJSON<CacheStats>(binary.path, ['stats']);
    } catch {
      this.cache = undefined; // not worth a message
    }
    this.render();
  }

  private render(): void {
    const situation = this.situation;
    const { text, label, detail, severity, busy } = present(situation);
    this.bar.text = text;
    this.bar.tooltip = tooltip(situation);
    this.bar.accessibilityInformation = { label: `symcache: ${label} ${detail}` };
    this.bar.backgroundColor = severity === 'error'
      ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.language.text = `symcache: ${label}`;
    this.language.detail = detail;
    this.language.busy = busy;
    this.language.severity = {
      information: vscode.LanguageStatusSeverity.Information,
      warning: vscode.LanguageStatusSeverity.Warning,
      error: vscode.LanguageStatusSeverity.Error,
    }[severity];
    this.changed.fire();
  }
}

function tooltip(situation: Situation): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = {
    enabledCommands: [
      'symcache.instantSymbol', 'symcache.showStatus', 'symcache.restartServer', 'symcache.showOutput',
    ],
  };
  text.appendMarkdown('**symcache**\n\n');
  for (const [name, value] of facts(situation)) {
    text.appendMarkdown(`${name}: `).appendText(value.replaceAll('\n', ', ')).appendMarkdown('  \n');
  }
  text.appendMarkdown('\n---\n[Go to Symbol](command:symcache.instantSymbol) · [Status](command:symcache.showStatus) · ' +
    '[Restart](command:symcache.restartServer) · [Output](command:symcache.showOutput)');
  return text;
}
