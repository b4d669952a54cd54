/** The extension's beginning and end: makes the parts and names the commands. */
import * as vscode from 'vscode';
import { InstantSymbol } from './instantSymbol';
import { Maintenance } from './maintenance';
import { isPlace } from './core/leftOut';
import { Neighbours } from './neighbours';
import { Session } from './session';
import { StatusPage } from './statusPage';
import { StatusView } from './statusView';
import { welcome } from './welcome';

let session: Session | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('symcache', { log: true });
  const neighbours = new Neighbours(output);
  const server = new Session(context, output, neighbours.middleware);
  const status = new StatusView(server, neighbours);
  const page = new StatusPage(context, status);
  const instant = new InstantSymbol(server, status);
  const maintenance = new Maintenance(server, status, output);
  session = server;
  context.subscriptions.push(output, neighbours, server, status, page);

  const commands: Record<string, (...args: unknown[]) => unknown> = {
    'symcache.instantSymbol': () => { instant.show(); },
    'symcache.instantSymbol.openToSide': () => { instant.openToSide(); },
    'symcache.warmWorkspace': () => maintenance.warm(),
    'symcache.showStatus': () => page.show(),
    'symcache.openIgnoringLine': place => status.openIgnoringLine(isPlace(place) ? place : undefined),
    'symcache.clearCache': () => maintenance.clear(),
    'symcache.verifyCache': () => maintenance.verify(),
    'symcache.startServer': () => server.start(),
    'symcache.restartServer': () => server.restart(),
    'symcache.stopServer': () => server.stop(),
    'symcache.showOutput': () => { output.show(); },
    'symcache.openSettings': () => vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`),
    'symcache.openWalkthrough': () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }

  neighbours.watch(server);
  context.subscriptions.push(welcome(context, status));
  void server.start(); // a command that is run meanwhile does not wait for it
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
