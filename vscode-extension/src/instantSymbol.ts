/**
 * Go to Symbol (Instant): a list that asks nobody but our server, on each keystroke. VS Code's own Ctrl+T waits
 * for the slowest provider.
 */
import * as vscode from 'vscode';
import type { SymbolInformation } from 'vscode-languageclient/node';
import { count } from './core/format';
import { kindOf, kinds, parseQuery } from './core/kinds';
import { Results } from './core/results';
import { open, Preview } from './preview';
import type { Session } from './session';
import { settings } from './settings';
import type { StatusView } from './statusView';

/** previewDelay, in ms, which an item has to be active for its place to be shown: a held-down key passes over. */
const previewDelay = 80;

/** growing, in ms, is the time between two questions while files are being read, each of which may bring more. */
const growing = 500;

/** contextKey is true while the list is open, for key bindings. */
const contextKey = 'symcache.instantSymbolOpen';

interface Item extends vscode.QuickPickItem {
  symbol: SymbolInformation;
}

const toSide: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('split-horizontal'), tooltip: 'Open to the Side (Ctrl+\\)',
};
const filter: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('filter'), tooltip: 'Filter by Kind',
};

export class InstantSymbol {
  private open: List | undefined;

  constructor(private readonly session: Session, private readonly status: StatusView) {}

  /** show opens the list, with a text in it. Without one, a list that is open stays: keys are pressed twice. */
  show(text?: string): void {
    if (text === undefined && this.open !== undefined) {
      return;
    }
    if (this.session.running === undefined && this.session.phase !== 'starting') {
      void explainDown(this.session);
      return;
    }
    this.open?.hide();
    const list = new List(this.session, this.status, text ?? selectedWord(), again => { this.show(again); }, () => {
      if (this.open === list) {
        this.open = undefined;
      }
    });
    this.open = list;
  }

  openToSide(): void {
    void this.open?.acceptActive(true);
  }
}

/** selectedWord is what somebody who selects a name and then looks for a symbol means. */
function selectedWord(): string {
  const editor = vscode.window.activeTextEditor;
  const text = editor?.document.getText(editor.selection) ?? '';
  return /^\w+$/.test(text) ? text : '';
}

/** explainDown says why nothing can be asked, and offers what helps. */
export async function explainDown(session: Session): Promise<void> {
  switch (session.phase) {
    case 'disabled':
      if (await vscode.window.showWarningMessage('symcache is switched off by the setting "symcache.enable".',
        'Switch On') !== undefined) {
        const config = vscode.workspace.getConfiguration('symcache');
        await config.update('enable', true, config.inspect('enable')?.workspaceValue === false
          ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
      }
      return;
    case 'starting':
      void vscode.window.showInformationMessage('The symcache server is starting. Try again in a moment.');
      return;
    default:
      if (await vscode.window.showWarningMessage(
        session.problem ?? 'The symcache server is stopped.', 'Start Server') !== undefined) {
        await session.start();
      }
  }
}

/** List is the list while it is open. */
class List {
  private readonly pick = vscode.window.createQuickPick<Item>();
  private readonly disposables: vscode.Disposable[] = [];
  private cancel: vscode.CancellationTokenSource | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly preview = new Preview();
  private readonly results = new Results<Item>();
  /** The last search, under way or done. */
  private searching: Promise<void> = Promise.resolve();
  private hidden = false;
  /** When the server was asked last, and whether it has not answered yet. */
  private askedAt = 0;
  private asking = false;
  /** Why the last question was not answered. */
  private failure: string | undefined;

  constructor(
    private readonly session: Session,
    private readonly status: StatusView,
    text: string,
    private readonly again: (text: string) => void,
    private readonly closed: () => void,
  ) {
    const pick = this.pick;
    pick.value = text;
    pick.title = 'Go to Symbol (Instant)';
    pick.placeholder = 'Name of a symbol; ":func name" filters by kind';
    pick.matchOnDescription = false;
    pick.buttons = [filter];
    // The server ranks. Not in the API yet, and without effect where it is not known.
    (pick as { sortByLabel?: boolean }).sortByLabel = false;
    this.disposables.push(
      pick,
      pick.onDidChangeValue(() => {
        clearTimeout(this.timer);
        this.search();
      }),
      pick.onDidChangeActive(([item]) => { this.moved(item); }),
      pick.onDidAccept(() => { void this.acceptActive(false); }),
      pick.onDidTriggerItemButton(({ item }) => { this.accept(item, true); }),
      pick.onDidTriggerButton(() => { this.chooseKind(); }),
      pick.onDidHide(() => { this.dispose(); }),
      status.onDidChange(() => { this.statusChanged(); }),
    );
    void vscode.commands.executeCommand('setContext', contextKey, true);
    pick.show();
    this.search();
  }

  hide(): void {
    this.pick.hide();
  }

  /** acceptActive goes to what is active. Who is faster than the answer does not mean what is still shown. */
  async acceptActive(aside: boolean): Promise<void> {
    if (this.results.text !== this.pick.value) {
      for (let search; search !== this.searching;) {
        search = this.searching;
        await search;
      }
    }
    if (this.results.active !== undefined && !this.hidden) {
      this.accept(this.results.active, aside);
    }
  }

  private accept(item: Item, aside: boolean): void {
    const location = this.location(item.symbol);
    if (aside) {
      void this.preview.end().then(() => open(location, { viewColumn: vscode.ViewColumn.Beside, preview: false }));
    } else {
      void this.preview.goTo(location);
    }
    this.pick.hide();
  }

  private search(): void {
    this.searching = this.doSearch();
  }

  private async doSearch(): Promise<void> {
    const client = this.session.running;
    const text = this.pick.value;
    this.cancel?.cancel();
    if (client === undefined) {
      this.show(text, []);
      this.statusChanged(false);
      return;
    }
    const cancel = new vscode.CancellationTokenSource();
    this.cancel = cancel;
    this.askedAt = Date.now();
    this.asking = true;
    try {
      // Not by way of the feature of languageclient: what is yielded to others is wanted here. Each has its range.
      const symbols = await client.sendRequest<SymbolInformation[] | null>(
        'workspace/symbol', parseQuery(text), cancel.token) ?? [];
      if (cancel.token.isCancellationRequested) {
        return;
      }
      this.failure = undefined;
      this.show(text, symbols.map(s => this.item(s)));
    } catch (err) {
      if (!cancel.token.isCancellationRequested) {
        this.failure = err instanceof Error ? err.message : String(err);
        this.show(text, []);
      }
    } finally {
      if (this.cancel === cancel) {
        this.asking = false;
      }
    }
    this.statusChanged(false);
  }

  private show(text: string, items: readonly Item[]): void {
    const { results, pick } = this;
    if (results.answer(text, items)) {
      pick.items = items;
      if (results.away && results.active !== undefined) {
        pick.activeItems = [results.active];
      }
    }
  }

  private item(symbol: SymbolInformation): Item {
    const { uri, range } = this.location(symbol);
    const place = `${vscode.workspace.asRelativePath(uri)}:${range.start.line + 1}`;
    const kind = kindOf(symbol.kind);
    return {
      symbol,
      label: symbol.name,
      description: symbol.containerName ? `${symbol.containerName} · ${place}` : place,
      iconPath: new vscode.ThemeIcon(kind.icon),
      alwaysShow: true, // what matches was decided
      buttons: [toSide],
    };
  }

  private location({ location: { uri, range: { start, end } } }: SymbolInformation): vscode.Location {
    return new vscode.Location(this.session.client?.protocol2CodeConverter.asUri(uri) ?? vscode.Uri.parse(uri),
      new vscode.Range(start.line, start.character, end.line, end.character));
  }

  private moved(item: Item | undefined): void {
    clearTimeout(this.timer);
    if (this.results.moved(item) && item !== undefined && settings().preview) {
      this.timer = setTimeout(() => { void this.preview.show(this.location(item.symbol)); }, previewDelay);
    }
  }

  /**
   * statusChanged shows whether the server runs and has read all files. While it reads them it is asked again now and
   * then, unless somebody has moved to one of the results, and once more at the end.
   */
  private statusChanged(searchAgain = true): void {
    const { phase, status } = this.status.situation;
    const waiting = phase === 'starting' || phase === 'running' && status?.state !== 'ready';
    const title = 'Go to Symbol (Instant)';
    this.pick.title = phase !== 'running' ? `${title}: the server ${phase === 'starting' ? 'starts' : 'is not running'}`
      : this.failure !== undefined ? `${title}: the server could not answer: ${this.failure}`
      : status?.state === 'scanning' ? `${title}: ${count(status.scan.done)} of ${count(status.scan.files)} files read`
      : title;
    const more = status?.state === 'scanning' && !this.results.away && !this.asking && Date.now() - this.askedAt >= growing;
    const again = this.pick.busy && !waiting || phase === 'running' && more;
    this.pick.busy = waiting;
    if (again && searchAgain) {
      this.search();
    }
  }

  /**
   * chooseKind shows a second list, which closes this one: what was typed is taken along to a new one, unless it is
   * given up or something else is opened.
   */
  private chooseKind(): void {
    const typed = this.pick.value;
    const { query, kinds: before } = parseQuery(typed);
    const pick = vscode.window.createQuickPick();
    pick.title = 'Kinds of Symbols';
    pick.placeholder = 'None: all kinds';
    pick.buttons = [vscode.QuickInputButtons.Back];
    pick.canSelectMany = true;
    pick.items = kinds.map(kind => ({ label: kind.name, iconPath: new vscode.ThemeIcon(kind.icon) }));
    pick.selectedItems = pick.items.filter((_, i) => before?.includes(i + 1));
    pick.onDidTriggerButton(() => { this.again(typed); });
    pick.onDidAccept(() => {
      const words = pick.selectedItems.map(({ label }) => label.replaceAll(' ', ''));
      this.again(words.length === 0 ? query : `:${words.join(',')} ${query}`);
    });
    pick.onDidHide(() => { pick.dispose(); });
    pick.show();
  }

  private dispose(): void {
    this.hidden = true;
    clearTimeout(this.timer);
    this.cancel?.cancel();
    void vscode.commands.executeCommand('setContext', contextKey, false);
    void this.preview.end();
    vscode.Disposable.from(...this.disposables).dispose();
    this.closed();
  }
}
