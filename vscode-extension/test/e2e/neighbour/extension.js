// An extension with an outline of Python's functions, of another kind than ours so that they can be told apart, and
// with definitions, all of them in the first line.
const vscode = require('vscode');

function outline(document) {
  const symbols = [];
  for (let i = 0; i < document.lineCount; i++) {
    const { text, range } = document.lineAt(i);
    const name = /^(?:def|class) (\w+)/.exec(text)?.[1];
    if (name !== undefined) {
      symbols.push(new vscode.DocumentSymbol(name, '', vscode.SymbolKind.Event, range, range));
    }
  }
  return symbols;
}

exports.activate = context => {
  let provider;
  // How often it was asked for its outline is shown, so that the tests see it.
  let asked = 0;
  const status = vscode.window.createStatusBarItem('asked', vscode.StatusBarAlignment.Left);
  status.show();
  context.subscriptions.push(status);
  const commands = {
    'neighbour.start': () => {
      provider = vscode.Disposable.from(
        vscode.languages.registerDocumentSymbolProvider('python', {
          provideDocumentSymbols: document => {
            status.text = `asked ${++asked}`;
            return outline(document);
          },
        }),
        vscode.languages.registerDefinitionProvider('python', {
          provideDefinition: document => new vscode.Location(document.uri, new vscode.Position(0, 0)),
        }));
    },
    'neighbour.stop': () => { provider.dispose(); },
    // As a server does that is still loading.
    'neighbour.hang': () => {
      vscode.languages.registerWorkspaceSymbolProvider({ provideWorkspaceSymbols: () => new Promise(() => {}) });
    },
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
};
