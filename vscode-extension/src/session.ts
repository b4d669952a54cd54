/** The server's life: found, started, restarted when it crashes, stopped. One server serves all folders. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import {
  CloseAction, ErrorAction, LanguageClient, State,
  type ErrorHandler, type LanguageClientOptions, type MessageTransports, type Middleware, type StaticFeature,
} from 'vscode-languageclient/node';
import { BinaryError, findBinary, type Binary } from './core/binary';
import { identifiersOf, selectorOf } from './core/languages';
import type { Phase } from './core/present';
import { maxRestarts, Restarts } from './core/restarts';
import { aborted, Turns } from './core/turns';
import { logServer, traceChannel } from './output';
import { affectsServer, serverSettings, settings } from './settings';

/** stopTimeout, in ms, is what a server gets to answer shutdown. It has nothing to flush. */
const stopTimeout = 2000;

/** serverStatusFeature asks for experimental/serverStatus, which began with rust-analyzer. */
const serverStatusFeature: StaticFeature = {
  fillClientCapabilities: capabilities => {
    capabilities.experimental = { ...capabilities.experimental as object, serverStatusNotification: true };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** serverToken is how the tokens begin of progresses that the server begins. */
const serverToken = 'symcache/';

/** calm, in ms, after a change of settings before the server is restarted: several may come together. */
const calm = 100;

/** Client leaves it to Session what is shown: languageclient has a notification for each start that fails. */
class Client extends LanguageClient {
  private abandoned = false;

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /**
   * end ends the client and its server. One that has not answered `initialize` yet is not asked to stop but killed:
   * languageclient does so two seconds later, and not where the server is about to be run.
   */
  async end(): Promise<void> {
    if (this.state === State.Starting) {
      this.abandoned = true;
      this.serverProcess?.kill('SIGKILL');
    }
    await this.dispose(stopTimeout);
  }

  protected override async createMessageTransports(encoding: string): Promise<MessageTransports> {
    const transports = await super.createMessageTransports(encoding);
    if (this.abandoned) {
      this.serverProcess?.kill('SIGKILL');
      throw new Error('it is not wanted any more');
    }
    return transports;
  }
}

export class Session implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when phase, problem, binary or client are others. */
  readonly onDidChange = this.changed.event;

  phase: Phase = 'stopped';
  /** Why phase is 'failed'. */
  problem: string | undefined;
  /** The program that the settings meant when it was last looked for, also while no server runs; undefined: none works. */
  binary: Binary | undefined;
  client: Client | undefined;

  private readonly restarts = new Restarts();
  /** Starts and stops happen one after another. */
  private readonly turns = new Turns(err => { this.fail(err instanceof Error ? err.message : String(err)); });
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private readonly trace: vscode.LogOutputChannel & vscode.Disposable;
  private restartTimer: NodeJS.Timeout | undefined;
  /** Whether a message about a problem waits for somebody. VS Code has no way to take it back. */
  private explaining = false;
  /** Whether the server asked to be told of changed settings and folders. */
  private takesSettings = false;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
    private readonly middleware: Middleware,
  ) {
    this.trace = traceChannel(output);
    this.disposables.push(
      this.trace,
      vscode.workspace.onDidChangeConfiguration(event => { this.configurationChanged(event); }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => { this.foldersChanged(); }),
      // What a workspace says about symcache.path counts from now on.
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (settings().path !== '' && this.binary?.path !== settings().path) {
          void this.renew();
        }
      }),
    );
  }

  /** start is for a person, or the start of VS Code: crashes until now are forgotten. */
  start(): Promise<void> {
    return this.turns.next(overtaken => this.doStart(overtaken));
  }

  stop(): Promise<void> {
    return this.turns.instead(async () => {
      await this.doStop();
      this.set(settings().enable ? 'stopped' : 'disabled');
    });
  }

  restart(): Promise<void> {
    return this.turns.instead(overtaken => this.doRestart(overtaken));
  }

  /** running returns the client, if it can be asked. */
  get running(): LanguageClient | undefined {
    return this.phase === 'running' ? this.client : undefined;
  }

  /** languages are the identifiers of VS Code for what the server knows. */
  get languages(): string[] {
    return this.binary === undefined ? [] : identifiersOf(this.binary.version.languages);
  }

  /** selector names the documents of what the server knows. */
  get selector(): { language: string; pattern?: string }[] {
    return selectorOf(this.languages);
  }

  /** supports reports whether the server executes a command of its own. */
  supports(command: string): boolean {
    return this.running?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  dispose(): void {
    clearTimeout(this.restartTimer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** renew is a restart because something has changed. A server that a person has stopped stays so. */
  private renew(): Promise<void> {
    return this.turns.instead(async overtaken => {
      if (this.phase !== 'stopped') {
        await this.doRestart(overtaken);
        return;
      }
      this.binary = await this.find().catch(() => undefined); // a start tells why
      this.changed.fire();
    });
  }

  private async doRestart(overtaken: AbortSignal): Promise<void> {
    this.set('starting'); // who asks for something while the old one ends is not told that there is none
    await this.doStop();
    await this.doStart(overtaken);
  }

  private async doStart(overtaken: AbortSignal): Promise<void> {
    if (this.client !== undefined) {
      return; // somebody was faster: the message that offers a start may be an old one
    }
    if (!settings().enable) {
      this.binary = undefined;
      this.set('disabled');
      return;
    }
    this.restarts.forget();
    this.set('starting');
    try {
      this.binary = await this.find();
    } catch (err) {
      this.binary = undefined;
      if (!(err instanceof BinaryError)) {
        throw err;
      }
      this.fail(err.message);
      void this.explain(err.message, 'Open Settings');
      return;
    }
    this.output.info(`symcache ${this.binary.version.version}: ${this.binary.path} (${this.binary.source})`);
    if (!overtaken.aborted) {
      await this.launch(this.binary, overtaken);
    }
  }

  private find(): Promise<Binary> {
    return findBinary({
      setting: settings().path,
      extensionDir: this.context.extensionPath,
      env: process.env,
      platform: process.platform,
      home: homedir(),
    });
  }

  /** launch runs the server until it is overtaken, which it may be before it answers. */
  private async launch(binary: Binary, overtaken: AbortSignal): Promise<void> {
    this.takesSettings = false;
    const client: Client = new Client('symcache', 'symcache', {
      command: binary.path,
      // The rest is told with window/logMessage, as the setting symcache.logLevel says.
      args: ['serve', '--stdio', '--log-level', 'error'],
    }, this.clientOptions({
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      // languageclient's own restart loses its way when a server ends while it starts.
      closed: () => {
        this.ended(client, 'it closed the connection');
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    }));
    client.registerFeature(serverStatusFeature);
    this.client = client;
    try {
      await Promise.race([client.start(), aborted(overtaken)]);
    } catch (err) {
      this.ended(client, err instanceof Error ? err.message : String(err));
    }
    if (client === this.client && !overtaken.aborted) {
      this.set('running');
    }
  }

  /** ended starts a server again that has ended, or has not come up, with a bound, and then says so once. */
  private ended(client: Client, reason: string): void {
    if (client !== this.client) {
      return; // it was asked to, or this is known
    }
    this.client = undefined;
    void this.turns.next(() => dispose(client, this.output));
    if (!this.restarts.crashed()) {
      const message = `The symcache server ended ${this.restarts.count} times and is not started again.`;
      this.fail(message);
      void this.explain(message, 'Restart');
      return;
    }
    this.output.warn(`The server ended: ${reason}. It is started again (${this.restarts.count} of ${maxRestarts}).`);
    this.set('starting');
    void this.turns.next(async overtaken => {
      // Nobody has stopped it meanwhile, or is about to.
      if (this.phase === 'starting' && this.binary !== undefined && !overtaken.aborted) {
        await this.launch(this.binary, overtaken);
      }
    });
  }

  private async doStop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) {
      await dispose(client, this.output);
    }
  }

  private clientOptions(errorHandler: ErrorHandler): LanguageClientOptions {
    return {
      documentSelector: this.selector.flatMap(filter => [
        { scheme: 'file', ...filter }, { scheme: 'untitled', ...filter },
      ]),
      outputChannel: this.output,
      traceOutputChannel: this.trace,
      initializationOptions: serverSettings,
      errorHandler,
      initializationFailedHandler: () => false, // languageclient's own shows a message for each
      middleware: {
        ...this.middleware,
        // What the server does is in our status bar entry already.
        handleWorkDoneProgress: (token, params, next) => {
          if (typeof token !== 'string' || !token.startsWith(serverToken)) {
            next(token, params);
          }
        },
        handleRegisterCapability: async (params, next) => {
          if (params.registrations.some(r => r.method === 'workspace/didChangeConfiguration')) {
            this.takesSettings = true;
          }
          await next(params, new vscode.CancellationTokenSource().token);
        },
      },
      // Standard output is the protocol's.
      stdioOptions: { stderr: logServer, stdout: () => undefined },
    };
  }

  /**
   * explain shows a problem with what can be done, one at a time: while a message is there, the status bar has the newest
   * problem, and messages do not pile up that no longer hold.
   */
  private async explain(message: string, action: 'Restart' | 'Open Settings'): Promise<void> {
    if (this.explaining) {
      return;
    }
    this.explaining = true;
    const answer = await vscode.window.showErrorMessage(message, action, 'Show Output');
    this.explaining = false;
    switch (answer) {
      case 'Restart':
        await this.restart();
        break;
      case 'Open Settings':
        await vscode.commands.executeCommand('workbench.action.openSettings', 'symcache.path');
        break;
      case 'Show Output':
        this.output.show(true);
    }
  }

  private configurationChanged(event: vscode.ConfigurationChangeEvent): void {
    const affects = affectsServer(event);
    // A server that pulls its settings is told of the change by languageclient.
    if (affects === 'restart' || affects === 'settings' && !this.takesSettings && this.client !== undefined) {
      // After languageclient has told the server, which it does on the same event.
      clearTimeout(this.restartTimer);
      this.restartTimer = setTimeout(() => { void this.renew(); }, calm);
    }
  }

  private foldersChanged(): void {
    const folders = this.client?.initializeResult?.capabilities.workspace?.workspaceFolders;
    const told = folders?.changeNotifications !== undefined && folders.changeNotifications !== false;
    if (this.client !== undefined && !told) {
      void this.renew(); // with a warm cache this takes a second
    }
  }

  private set(phase: Phase): void {
    if (phase === 'running') {
      this.explaining = false; // what comes next is another problem
    }
    this.phase = phase;
    this.problem = undefined;
    this.changed.fire();
  }

  private fail(problem: string): void {
    this.output.error(problem);
    this.phase = 'failed';
    this.problem = problem;
    this.changed.fire();
  }
}

/** dispose ends a client and its server. */
async function dispose(client: Client, output: vscode.LogOutputChannel): Promise<void> {
  try {
    await client.end();
  } catch (err) {
    // It crashed, or did not answer; languageclient ends the process.
    output.info(`The server did not stop in good order: ${String(err)}`);
  }
}
