/**
 * Go to Symbol (Instant): a list that asks nobody but our server, on each keystroke. VS Code's own Ctrl+T waits
 * for the slowest provider.
 */
import * as vscode from 'vscode';
import type { LanguageClient, SymbolInformation } from 'vscode-languageclient/node';
import { count } from './core/format';
import { byCount, kindOf, kinds, parseTyped, qualifierOf, wordOf, type Counted, type Kind, type Query } from './core/kinds';
import { nothingKnown } from './core/present';
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

/** A row: a symbol, a text that takes the place of what was typed, or a note, which leads nowhere. */
interface Item extends vscode.QuickPickItem {
  symbol?: SymbolInformation;
  text?: string;
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
        session.problem ?? 'You have stopped the symcache server.', 'Start Server') !== undefined) {
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
    pick.placeholder = 'Name of a symbol; a colon lists the kinds, ":func name" looks for functions';
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
    if (item.text !== undefined) {
      this.pick.value = item.text;
      this.search();
    }
    if (item.symbol === undefined) {
      return;
    }
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
      const rows = await this.rows(client, text, cancel.token);
      if (cancel.token.isCancellationRequested) {
        return;
      }
      this.failure = undefined;
      this.show(text, rows);
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

  /** rows answer a text: with symbols, with kinds while one is being typed, or with a note that there is none. */
  private async rows(client: LanguageClient, text: string, token: vscode.CancellationToken): Promise<Item[]> {
    const typed = parseTyped(text);
    switch (typed.is) {
      case 'unknown':
        return [note(`No kind of symbols begins with “${typed.word}”`, 'a colon alone lists the kinds')];
      case 'choice':
        return (await countKinds(client, '', typed.kinds, token))
          .map(counted => ({ ...kindItem(counted), alwaysShow: true, text: `:${typed.before}${wordOf(counted.kind)} ` }));
      case 'query':
    }
    const symbols = await ask(client, typed.query, token);
    if (symbols.length > 0) {
      const qualifier = qualifierOf(typed.query.query);
      return symbols.map(symbol => this.item(symbol, qualifier?.separator));
    }
    const { status } = this.status.situation;
    const { query, kinds: wanted } = typed.query;
    const what = wanted === undefined || wanted.length > 3 ? 'symbol' : wanted.map(n => kindOf(n).name).join(' or ');
    return [
      status?.state !== 'ready' ? note(`No ${what} matches yet`, 'files are being read')
      : status.files === 0 ? note('No symbols', nothingKnown(this.status.situation))
      : note(query === '' ? `There is no ${what}` : `No ${what} matches “${query}”`, `in ${count(status.files)} files`),
    ];
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

  /** item is the row of a symbol. VS Code marks what was typed in its label, so where that has a container it has, too. */
  private item(symbol: SymbolInformation, separator?: string): Item {
    const { uri, range } = this.location(symbol);
    const place = `${vscode.workspace.asRelativePath(uri)}:${range.start.line + 1}`;
    const kind = kindOf(symbol.kind);
    const { name, containerName: container } = symbol;
    const qualified = separator !== undefined && container !== undefined && container !== '';
    return {
      symbol,
      label: qualified ? `${container}${separator}${name}` : name,
      description: container && !qualified ? `${container} · ${place}` : place,
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
    const symbol = item?.symbol;
    if (this.results.moved(item) && symbol !== undefined && settings().preview) {
      this.timer = setTimeout(() => { void this.preview.show(this.location(symbol)); }, previewDelay);
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
    const before = parseTyped(typed);
    const { query, kinds: chosen } = before.is === 'query' ? before.query : { query: '', kinds: undefined };
    const pick = vscode.window.createQuickPick<Item>();
    pick.title = query === '' ? 'Kinds of Symbols' : `Kinds of Symbols That Match “${query}”`;
    pick.placeholder = 'Several kinds: type ":class,interface name" in the list of symbols';
    pick.buttons = [vscode.QuickInputButtons.Back];
    pick.busy = true;
    pick.onDidTriggerButton(() => { this.again(typed); });
    pick.onDidAccept(() => {
      const text = pick.activeItems[0]?.text;
      if (text !== undefined) {
        this.again(text);
      }
    });
    const cancel = new vscode.CancellationTokenSource();
    pick.onDidHide(() => {
      cancel.cancel();
      pick.dispose();
    });
    pick.show();
    const all = { label: 'all kinds', iconPath: new vscode.ThemeIcon('clear-all'), text: query };
    const show = (counted: readonly Counted[]) => {
      if (!cancel.token.isCancellationRequested) {
        pick.items = [
          ...chosen === undefined ? [] : [all],
          ...counted.map(each => ({ ...kindItem(each), text: `:${wordOf(each.kind)} ${query}` })),
        ];
        pick.activeItems = pick.items.filter(item => kinds.some(kind => kind.name === item.label && chosen?.includes(kind.number)));
        pick.busy = false;
      }
    };
    const client = this.session.running;
    void (client === undefined ? Promise.resolve(uncounted(kinds)) : countKinds(client, query, kinds, cancel.token)).then(show);
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

/** ask searches. Not by way of the feature of languageclient: what is yielded to others is wanted here. */
async function ask(client: LanguageClient, query: Query, token: vscode.CancellationToken): Promise<SymbolInformation[]> {
  return await client.sendRequest<SymbolInformation[] | null>('workspace/symbol', query, token) ?? []; // each has its range
}

function note(label: string, description: string): Item {
  return { label, description, iconPath: new vscode.ThemeIcon('info'), alwaysShow: true };
}

function kindItem({ kind: { name, icon }, count: n }: Counted): Item {
  return {
    label: name,
    ...n !== undefined && { description: count(n) },
    iconPath: new vscode.ThemeIcon(icon),
  };
}

/** countKinds returns those of some kinds that symbols of a name have, the most frequent first. */
async function countKinds(
  client: LanguageClient, query: string, some: readonly Kind[], token: vscode.CancellationToken,
): Promise<Counted[]> {
  try {
    const counts = await client.sendRequest<Record<string, number>>('symcache/kinds', { query }, token);
    return byCount(some.map(kind => ({ kind, count: counts[kind.number] ?? 0 })));
  } catch {
    return uncounted(some); // a server of another version
  }
}

function uncounted(some: readonly Kind[]): Counted[] {
  return some.map(kind => ({ kind, count: undefined }));
}
