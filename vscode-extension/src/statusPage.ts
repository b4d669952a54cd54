/** The status page: a webview, made anew from the situation when that changes. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { actionCommands, statusHtml } from './core/statusHtml';
import type { StatusView } from './statusView';

/** renderPeriod, in ms: a page that changes five times a second, while files are read, cannot be read. */
const renderPeriod = 500;

export class StatusPage implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private readonly nonce = randomBytes(16).toString('base64');
  private timer: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly context: vscode.ExtensionContext, private readonly status: StatusView) {
    this.subscription = status.onDidChange(() => {
      if (this.panel !== undefined) {
        this.timer ??= setTimeout(() => { this.render(); }, renderPeriod);
      }
    });
  }

  async show(): Promise<void> {
    if (this.panel === undefined) {
      this.panel = vscode.window.createWebviewPanel('symcache.status', 'symcache', vscode.ViewColumn.Active, {
        enableScripts: false, enableCommandUris: actionCommands, localResourceRoots: [],
      });
      this.panel.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'icon.png');
      this.panel.onDidDispose(() => { this.panel = undefined; });
    }
    this.panel.reveal();
    this.render();
    await this.status.update();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.panel?.dispose();
  }

  private render(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.panel !== undefined) {
      const html = statusHtml(this.status.situation, this.nonce);
      if (html !== this.panel.webview.html) { // it would flicker
        this.panel.webview.html = html;
      }
    }
  }
}
