/** Warm, clear and verify: they work with or without a running server. */
import * as vscode from 'vscode';
import { WorkDoneProgress, type WorkDoneProgressReport } from 'vscode-languageclient/node';
import { runJSON, warmArgs } from './core/cli';
import { count, counted } from './core/format';
import { cacheText, progressText, warmed, type CacheStats, type ScanReport } from './core/present';
import { explainDown } from './instantSymbol';
import type { Session } from './session';
import { serverSettings } from './settings';
import type { StatusView } from './statusView';

/** What `symcache verify --json` prints, as far as it is shown. */
interface Verified {
  entries: number;
  records: number;
  damaged: number;
  bytes: number;
  repaired: number;
  findings: { path: string; problem: string }[];
}

export class Maintenance {
  constructor(
    private readonly session: Session,
    private readonly status: StatusView,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** warm parses what is new in the workspace, with a progress that can be cancelled. */
  async warm(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(f => f.uri.scheme === 'file').map(f => f.uri.fsPath);
    const program = this.program();
    if (program === undefined) {
      return;
    }
    if (folders.length === 0) {
      void vscode.window.showInformationMessage('There is no folder to warm: open one first.');
      return;
    }
    const report = await this.work('Warming the workspace', true, (progress, token) =>
      this.session.supports('symcache.warm') ? this.warmByServer(progress, token)
        : runJSON<ScanReport>(program, warmArgs(folders, serverSettings()), aborted(token)));
    if (report !== undefined) {
      void this.status.update();
      const { text, complete } = warmed(report);
      void (complete ? vscode.window.showInformationMessage(text) : vscode.window.showWarningMessage(text));
    }
  }

  async clear(): Promise<void> {
    const program = this.program();
    if (program === undefined) {
      return;
    }
    const stats = await runJSON<CacheStats>(program, ['stats']).catch(() => undefined);
    const size = stats === undefined ? '' : ` It has ${cacheText(stats)}.`;
    if (await vscode.window.showWarningMessage('Empty the symcache cache?', {
      modal: true,
      detail: `It serves all your workspaces.${size} What is needed again is parsed again; no file of yours is touched.`,
    }, 'Clear Cache') === undefined) {
      return;
    }
    const removed = await this.work('Clearing the cache', false, () =>
      runJSON<{ entries: number; bytes: number }>(program, ['clear', '--yes']));
    if (removed !== undefined) {
      void this.status.update();
      void vscode.window.showInformationMessage(
        `Removed ${cacheText(removed)}.`);
    }
  }

  async verify(): Promise<void> {
    const program = this.program();
    if (program === undefined) {
      return;
    }
    const found = await this.work('Verifying the cache', true, (_, token) =>
      runJSON<Verified>(program, ['verify'], aborted(token)));
    if (found === undefined) {
      return;
    }
    if (found.damaged === 0) {
      void vscode.window.showInformationMessage(
        `The cache is sound: ${cacheText({ entries: found.entries + found.records, bytes: found.bytes })}.`);
      return;
    }
    for (const { path, problem } of found.findings) {
      this.output.warn(`verify: ${path}: ${problem}`);
    }
    if (await vscode.window.showWarningMessage(`${counted(found.damaged, 'place')} in the cache ` +
      `${found.damaged === 1 ? 'is' : 'are'} damaged. Damage is never served; what is removed is parsed again.`,
      'Remove What Is Damaged') === undefined) {
      return;
    }
    const after = await this.work('Removing what is damaged', false, () =>
      runJSON<Verified>(program, ['verify', '--repair']));
    if (after === undefined) {
      return;
    }
    void this.status.update();
    const removed = `Removed ${counted(after.repaired, 'damaged place')}`;
    const left = after.damaged - after.repaired;
    if (left > 0) {
      void vscode.window.showWarningMessage(`${removed}; ${count(left)} could not be removed.`);
    } else {
      void vscode.window.showInformationMessage(`${removed}.`);
    }
  }

  /** program is what can be run, server or not; when there is none, the reason is told. */
  private program(): string | undefined {
    const program = this.session.binary?.path;
    if (program === undefined) {
      void explainDown(this.session);
    }
    return program;
  }

  private async warmByServer(
    progress: vscode.Progress<{ message: string }>, token: vscode.CancellationToken,
  ): Promise<ScanReport> {
    const client = this.session.running;
    if (client === undefined) {
      throw new Error('the server has ended');
    }
    const workDoneToken = `warm/${Date.now()}`;
    const subscription = client.onProgress(WorkDoneProgress.type, workDoneToken, value => {
      const message = (value as WorkDoneProgressReport).message;
      if (message !== undefined) {
        progress.report({ message: progressText(message) });
      }
    });
    try {
      return await client.sendRequest<ScanReport>(
        'workspace/executeCommand', { command: 'symcache.warm', workDoneToken }, token);
    } finally {
      subscription.dispose();
    }
  }

  /** work shows a progress, and returns what came of it: nothing where it was cancelled, or failed, which is told. */
  private async work<T>(
    title: string, cancellable: boolean,
    task: (progress: vscode.Progress<{ message: string }>, token: vscode.CancellationToken) => Promise<T>,
  ): Promise<T | undefined> {
    const location = vscode.ProgressLocation.Notification;
    const cancelled = new vscode.CancellationTokenSource();
    try {
      return await vscode.window.withProgress({ location, title, cancellable }, (progress, token) => {
        token.onCancellationRequested(() => { cancelled.cancel(); });
        return task(progress, token);
      });
    } catch (err) {
      if (!cancelled.token.isCancellationRequested) {
        this.output.error(`${title}: ${String(err)}`);
        void vscode.window.showErrorMessage(`${title}: ${err instanceof Error ? err.message : String(err)}`);
      }
      return undefined;
    }
  }
}

function aborted(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => { controller.abort(); });
  return controller.signal;
}
