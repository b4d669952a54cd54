/** The output channel: what the extension, the server and, where asked for, the protocol have to say. */
import * as readline from 'node:readline';
import type { Readable } from 'node:stream';
import * as vscode from 'vscode';
import { settings } from './settings';

/** logServer writes the server's standard error, which is Go's slog text, at the level that each line has. */
export function logServer(stderr: Readable, output: vscode.LogOutputChannel): void {
  readline.createInterface({ input: stderr, crlfDelay: Infinity }).on('line', line => {
    const parsed = /^time=\S+ level=(\w+)\S* (?:msg=)?(.*)$/.exec(line);
    const text = `[server] ${parsed?.[2] ?? line}`;
    switch (parsed?.[1]) {
      case 'DEBUG':
        output.debug(text);
        break;
      case 'WARN':
        output.warn(text);
        break;
      case 'INFO':
        output.info(text);
        break;
      default: // an error, or a panic, which has no level
        output.error(text);
    }
  });
}

/**
 * traceChannel is the output channel with a log level that follows `symcache.trace.server`. languageclient traces
 * only to a channel whose own level is Trace, so the setting alone would do nothing.
 */
export function traceChannel(output: vscode.LogOutputChannel): vscode.LogOutputChannel & vscode.Disposable {
  const level = () => settings().trace === 'off' ? vscode.LogLevel.Off : vscode.LogLevel.Trace;
  const changed = new vscode.EventEmitter<vscode.LogLevel>();
  const subscription = vscode.workspace.onDidChangeConfiguration(event => {
    if (event.affectsConfiguration('symcache.trace.server')) {
      changed.fire(level());
    }
  });
  return {
    name: output.name,
    get logLevel() {
      return level();
    },
    onDidChangeLogLevel: changed.event,
    trace: (message: string) => { output.info(`[trace] ${message}`); },
    debug: output.debug.bind(output),
    info: output.info.bind(output),
    warn: output.warn.bind(output),
    error: output.error.bind(output),
    append: output.append.bind(output),
    appendLine: output.appendLine.bind(output),
    replace: output.replace.bind(output),
    clear: output.clear.bind(output),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the interface has both forms
    show: (preserveFocus?: vscode.ViewColumn | boolean) => { output.show(preserveFocus === true); },
    hide: output.hide.bind(output),
    dispose: () => {
      subscription.dispose();
      changed.dispose();
    },
  };
}
