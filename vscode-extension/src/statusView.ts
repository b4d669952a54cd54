/** How the server stands, and what it does for the active file: in the status bar and in the language status. */
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { runJSON } from './core/cli';
import { features } from './core/features';
import { fileStatus, type ActiveFile } from './core/fileStatus';
import type { Place } from './core/leftOut';
import { present, tooltipLines, type CacheStats, type Phase, type ServerStatus, type Severity, type Situation } from './core/present';
import { lineLink, openLine } from './core/statusHtml';
import type { Neighbours } from './neighbours';
import type { Session } from './session';
import { chosen, isOff } from './settings';

/** askingPeriod, in ms, between looks at a server that scans: what the eye sees as steady. */
const askingPeriod = 200;

/** quiet, in ms, after a save before the figures are asked for again. */
const quiet = 1000;

export class StatusView implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when the situation is another. */
  readonly onDidChange = this.changed.event;
  private readonly bar = vscode.window.createStatusBarItem('symcache.status', vscode.StatusBarAlignment.Left, 0);
  private readonly language = vscode.languages.createLanguageStatusItem(
    'symcache.status', [{ scheme: 'file' }, { scheme: 'untitled' }]);
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private status: ServerStatus | undefined;
  private cache: CacheStats | undefined;
  private asking = false;
  /** The phase that VS Code knows, for the commands that it offers. */
  private context: Phase | undefined;
  /** The size of a text: to count its bytes at each change of the figures would take too long. */
  private readonly sizes = new WeakMap<vscode.TextDocument, { version: number; bytes: number }>();

  constructor(private readonly session: Session, private readonly neighbours: Neighbours) {
    this.bar.name = 'symcache';
    this.bar.command = 'symcache.showStatus';
    this.language.name = 'symcache';
    this.disposables = [
      this.changed, this.bar, this.language,
      session.onDidChange(() => { this.sessionChanged(); }),
      neighbours.onDidChange(() => { this.render(); }),
      vscode.workspace.onDidSaveTextDocument(() => { this.later(quiet); }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.render();
        this.later(quiet); // its outline is known by then, whole or not
      }),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('symcache')) {
          this.render();
        }
      }),
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
      languages: (binary?.version.languages ?? []).filter(({ error }) => error === undefined).map(({ language }) => language),
      status: this.status,
      cache: this.cache,
      bases: (process.env['SYMCACHE_BASE'] ?? '').split(path.delimiter).filter(base => base !== ''),
      yielded: this.neighbours.yielding.all(),
      chosen: chosen(),
      file: this.activeFile(),
      home: homedir(),
    };
  }

  private activeFile(): ActiveFile | undefined {
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || !['file', 'untitled'].includes(document.uri.scheme)) {
      return undefined;
    }
    let size = this.sizes.get(document);
    if (size?.version !== document.version) {
      size = { version: document.version, bytes: Buffer.byteLength(document.getText()) };
      this.sizes.set(document, size);
    }
    const off = chosen().featuresOff;
    return {
      name: path.basename(document.uri.path),
      uri: document.uri.toString(),
      language: document.languageId,
      title: this.neighbours.titleOf(document.languageId),
      bytes: size.bytes,
      known: vscode.languages.match(this.session.selector, document) > 0,
      featuresOff: features.filter(feature => !off.includes(feature) && isOff(feature, document)),
    };
  }

  /** openIgnoringLine opens the line that leaves a file out: the one of a place, or of the active file. */
  async openIgnoringLine(place: Place | undefined = fileStatus(this.situation)?.leftOutBy): Promise<void> {
    if (place === undefined) {
      const name = this.situation.file?.name;
      void vscode.window.showInformationMessage(name === undefined ? 'No file is open.' : `No line of an ignore file leaves ${name} out.`);
      return;
    }
    const at = new vscode.Position(place.line - 1, 0);
    await vscode.window.showTextDocument(vscode.Uri.file(place.file), { selection: new vscode.Range(at, at) });
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
    const file = fileStatus(situation);
    const down = situation.phase === 'stopped' || situation.phase === 'failed';
    const warns = file?.severity === 'warning';
    this.bar.text = warns ? `${text}: ${file.label.toLowerCase()}` : text;
    this.bar.tooltip = tooltip(situation);
    this.bar.accessibilityInformation = { label: `symcache: ${tooltipLines(situation).join('. ')}` };
    this.bar.backgroundColor = severity === 'error' ? new vscode.ThemeColor('statusBarItem.errorBackground')
      : warns || situation.phase === 'stopped' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.language.text = `symcache: ${busy ? label : file?.label ?? label}`;
    this.language.detail = busy ? detail : file?.brief ?? detail;
    this.language.busy = busy;
    this.language.command = down ? { command: 'symcache.startServer', title: 'Start' }
      : file?.leftOutBy !== undefined && !busy ? { command: openLine, title: 'Open the Line', arguments: [file.leftOutBy] }
      : { command: 'symcache.showStatus', title: 'Show Status' };
    this.language.severity = severities[warns ? 'warning' : severity];
    if (situation.phase !== this.context) {
      this.context = situation.phase;
      void vscode.commands.executeCommand('setContext', 'symcache.phase', situation.phase);
    }
    this.changed.fire();
  }
}

const severities: Record<Severity, vscode.LanguageStatusSeverity> = {
  information: vscode.LanguageStatusSeverity.Information,
  warning: vscode.LanguageStatusSeverity.Warning,
  error: vscode.LanguageStatusSeverity.Error,
};

/** tooltip has two lines and what can be done now. The figures are on the status page. */
function tooltip(situation: Situation): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  const links = [
    ...situation.phase === 'running' || situation.phase === 'starting'
      ? [['symcache.instantSymbol', 'Go to Symbol'], ['symcache.restartServer', 'Restart']]
      : [['symcache.startServer', '$(play) Start']],
    ['symcache.showStatus', 'Status'],
    ['symcache.showOutput', 'Output'],
  ] as const;
  text.isTrusted = { enabledCommands: [...links.map(([command]) => command), openLine] };
  const [server = '', file] = tooltipLines(situation);
  const leftOutBy = fileStatus(situation)?.leftOutBy;
  text.appendMarkdown(`**symcache** ${plain(server)}`);
  if (file !== undefined) {
    text.appendMarkdown(`\n\n${plain(file)}${leftOutBy === undefined ? '' : ` · [Open the Line](${lineLink(leftOutBy)})`}`);
  }
  text.appendMarkdown(`\n\n${links.map(([command, title]) => `[${title}](command:${command})`).join(' · ')}`);
  return text;
}

/** plain is a text in Markdown. That of appendText has spaces at which no line is broken, so words are. */
function plain(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, '\\$&').replaceAll('\n', ' ');
}
