/** What somebody is told once, after the first start: the key that nothing on the screen names. */
import * as vscode from 'vscode';
import { counted } from './core/format';
import type { StatusView } from './statusView';

/** welcomedKey is true in the global state of a user who has been told. */
const welcomedKey = 'welcomed';

/** welcome shows a message when the first workspace is ready, once in the life of an installation. */
export function welcome(context: vscode.ExtensionContext, status: StatusView): vscode.Disposable {
  let told = context.globalState.get(welcomedKey, false);
  context.globalState.setKeysForSync([welcomedKey]);
  return status.onDidChange(() => {
    const known = status.situation.status;
    if (!told && known?.state === 'ready' && known.files > 0) {
      told = true;
      void context.globalState.update(welcomedKey, true);
      void tell(`symcache knows ${counted(known.symbols, 'symbol')} here. Shift+Alt+T (⇧⌥T on a Mac) finds them as you type.`);
    }
  });
}

async function tell(message: string): Promise<void> {
  switch (await vscode.window.showInformationMessage(message, 'Try It', 'Show Me Around')) {
    case 'Try It':
      await vscode.commands.executeCommand('symcache.instantSymbol');
      break;
    case 'Show Me Around':
      await vscode.commands.executeCommand('symcache.openWalkthrough');
  }
}
