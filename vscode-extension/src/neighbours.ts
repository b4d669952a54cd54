/**
 * Finds out what other extensions serve, and leaves it to them: see core/yielding.
 *
 * The way to find out is to ask VS Code for everybody's answer, while we give none. VS Code does not tell who
 * asks a provider, so a question of ours is known by its position or its text.
 */
import * as vscode from 'vscode';
import type { DocumentSymbol, Middleware, SymbolInformation } from 'vscode-languageclient/node';
import { FileLanguages, familyOf, type Contributed } from './core/languages';
import { delays, judgeOutline, Yielding, type Feature } from './core/yielding';
import type { Session } from './session';
import { settings } from './settings';

/**
 * patience, in ms, with somebody whose outline is awaited. Our own takes a few. VS Code shows no outline before
 * it has all, so that ours is of no use from then on.
 */
const patience = 400;

/** settle, in ms, after which a document that is looked at is looked into: people pass through many. */
const settle = 300;

export class Neighbours implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when something is yielded, or not any more. */
  readonly onDidChange = this.changed.event;
  readonly yielding: Yielding;
  /** Fires when we have answered with the outline of a document. */
  private readonly answered = new vscode.EventEmitter<vscode.TextDocument>();

  private session: Session | undefined;
  private files: FileLanguages | undefined;
  /** Questions of ours under way, which our own provider is not to answer. */
  private readonly silent = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private mute: vscode.Disposable | undefined;
  private disposables: vscode.Disposable[] = [this.changed, this.answered];

  constructor(private readonly output: vscode.LogOutputChannel) {
    this.yielding = new Yielding(settings().policy);
  }

  /** watch begins to look for others. */
  watch(session: Session): void {
    this.session = session;
    this.disposables.push(
      session.onDidChange(() => { this.look(); }),
      vscode.window.onDidChangeActiveTextEditor(() => { this.look(); }),
      vscode.extensions.onDidChange(() => {
        this.files = undefined;
        this.refresh(this.yielding.forget());
        this.look();
      }),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('symcache.yieldToOtherExtensions')) {
          this.yielding.policy = settings().policy;
          this.yielding.forget();
          this.refresh(session.languages);
          this.look();
        }
      }),
    );
    this.look();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.mute?.dispose();
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** middleware keeps back our answers where they are yielded. */
  readonly middleware: Middleware = {
    provideDocumentSymbols: async (document, token, next) => {
      const symbols = this.yields(document, 'outline') ? undefined : await next(document, token);
      this.answered.fire(document);
      return symbols;
    },
    provideDefinition: (document, position, token, next) =>
      this.yields(document, 'definition', position) ? undefined : next(document, position, token),
    provideDeclaration: (document, position, token, next) =>
      this.yields(document, 'definition', position) ? undefined : next(document, position, token),
    provideHover: (document, position, token, next) =>
      this.yields(document, 'hover', position) ? undefined : next(document, position, token),
    provideDocumentHighlights: (document, position, token, next) =>
      this.yields(document, 'highlight') ? undefined : next(document, position, token),
    provideFoldingRanges: (document, context, token, next) =>
      this.yields(document, 'folding') ? undefined : next(document, context, token),
    provideSelectionRanges: (document, positions, token, next) =>
      this.yields(document, 'selection') ? undefined : next(document, positions, token),
    provideWorkspaceSymbols: async (query, token, next) => {
      if (this.silent.has(question('workspaceSymbols', query)) || this.yielding.policy === 'always') {
        return [];
      }
      const symbols = await next(query, token);
      return symbols?.filter(symbol => !this.yieldsFile(symbol.location.uri));
    },
  };

  private yields(document: vscode.TextDocument, feature: Feature, position?: vscode.Position): boolean {
    if (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled') {
      return true; // a revision in a diff: the server does not know its text
    }
    return position !== undefined && this.silent.has(question(feature, document.uri.toString(), position)) ||
      this.yielding.yields(document.languageId, feature);
  }

  /** yieldsFile tells whether workspace symbols in a file are left to others. */
  private yieldsFile(uri: vscode.Uri): boolean {
    const language = this.languageOf(uri);
    if (language === undefined) {
      return false;
    }
    // TypeScript's and others answer only while a file of theirs is open.
    return this.yielding.yields(language, 'workspaceSymbols') &&
      vscode.workspace.textDocuments.some(document => familyOf(language).includes(document.languageId));
  }

  private languageOf(uri: vscode.Uri): string | undefined {
    this.files ??= new FileLanguages(vscode.extensions.all.flatMap(extension =>
      (extension.packageJSON as { contributes?: { languages?: Contributed[] } }).contributes?.languages ?? []));
    return this.files.of(uri.path);
  }

  /** look begins to look into the active document. */
  private look(): void {
    clearTimeout(this.timer);
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && this.session?.languages.includes(document.languageId) === true) {
      this.timer = setTimeout(() => { void this.attempt(document, 0); }, settle);
    }
  }

  private async attempt(document: vscode.TextDocument, n: number): Promise<void> {
    const language = document.languageId;
    let again = false;
    try {
      again = await this.probe(document, language);
    } catch (err) {
      this.output.debug(`asking for the answers of other extensions: ${String(err)}`);
      again = true;
    }
    const delay = delays[n];
    if (again && delay !== undefined && document === vscode.window.activeTextEditor?.document) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { void this.attempt(document, n + 1); }, delay);
    }
  }

  /** probe tells whether there may be more to find out later. */
  private async probe(document: vscode.TextDocument, language: string): Promise<boolean> {
    const client = this.session?.running;
    if (client === undefined || this.yielding.policy !== 'auto') {
      return false; // a change of either begins anew
    }
    const { version } = document;
    const ours = (await client.sendRequest<(DocumentSymbol | SymbolInformation)[] | null>(
      'textDocument/documentSymbol', { textDocument: { uri: document.uri.toString() } }))?.length ?? 0;
    const before = this.yielding.wants(language, 'outline')
      ? await this.probeOutline(document, version, ours) : 'others';
    if (before === 'alone') {
      return true;
    }
    const theirs = await outline(document.uri);
    if (theirs.length === 0 && ours > 0 && document.version === version) {
      this.note(language, 'outline', false); // who had one has none any more
      return true;
    }
    if (before === 'late') {
      this.refresh([language]); // VS Code may have given up on them meanwhile
    }
    const known = theirs.find(symbol => /^\w{3,}$/.test(symbol.name));
    if (known === undefined) {
      return true;
    }
    const { uri } = document;
    const position = known.selectionRange.start;
    const rest: [Feature, boolean, () => Promise<boolean>][] = [
      ['workspaceSymbols', true, async () => {
        const found = await this.ask<vscode.SymbolInformation>(
          question('workspaceSymbols', known.name), 'vscode.executeWorkspaceSymbolProvider', known.name);
        return found.some(symbol => familyOf(language).includes(this.languageOf(symbol.location.uri) ?? ''));
      }],
      ['definition', client.getFeature('textDocument/definition').getProvider(document) !== undefined, async () => (await this.ask(
        question('definition', uri.toString(), position), 'vscode.executeDefinitionProvider', uri, position)).length > 0],
      ['hover', client.getFeature('textDocument/hover').getProvider(document) !== undefined, async () => (await this.ask(
        question('hover', uri.toString(), position), 'vscode.executeHoverProvider', uri, position)).length > 0],
    ];
    let again = false;
    for (const [feature, served, probe] of rest) {
      if (served && this.yielding.wants(language, feature)) {
        if (await probe()) {
          this.note(language, feature, true);
        } else {
          again = true;
        }
      }
    }
    return again;
  }

  /**
   * probeOutline compares the outline of all providers with the number of top-level symbols of ours, for a version
   * of a document. It tells whether there is another one: 'late' if that one is awaited.
   */
  private async probeOutline(
    document: vscode.TextDocument, version: number, ours: number,
  ): Promise<'others' | 'late' | 'alone'> {
    const late = Symbol();
    let subscription: vscode.Disposable | undefined;
    // Counted from our answer: that VS Code takes its time to ask is nobody's fault.
    const waited = new Promise(resolve => {
      subscription = this.answered.event(answered => {
        if (answered === document) {
          setTimeout(resolve, patience, late);
        }
      });
    });
    const all = outline(document.uri);
    const isLate = ours > 0 && await Promise.race([all, waited]) === late;
    subscription?.dispose();
    if (isLate) {
      this.note(document.languageId, 'outline', true);
    }
    const verdict = judgeOutline(ours, (await all).length);
    if (document.version !== version) {
      return isLate ? 'late' : 'alone'; // what was compared are different texts
    }
    if (verdict !== 'unknown') {
      this.note(document.languageId, 'outline', verdict === 'others'); // else it was VS Code that was slow
    }
    if (verdict !== 'others') {
      return 'alone';
    }
    return isLate ? 'late' : 'others';
  }

  /** ask puts a question to all providers but ours. */
  private async ask<T>(question: string, command: string, ...args: unknown[]): Promise<T[]> {
    this.silent.add(question);
    try {
      return await vscode.commands.executeCommand<T[] | undefined>(command, ...args) ?? [];
    } finally {
      this.silent.delete(question);
    }
  }

  private note(language: string, feature: Feature, yes: boolean): void {
    const news = familyOf(language).filter(l => this.yielding.served(l, feature, yes));
    if (news.length > 0) {
      this.output.info(`${feature} of ${news.join(', ')}: ${yes ? 'left to another extension' : 'ours again'}`);
      this.refresh(feature === 'outline' ? news : []);
    }
  }

  /**
   * refresh has VS Code ask again for the outlines of languages. It remembers an outline for as long as its
   * providers are the same, so there is one more, which has nothing to say and is replaced by another here.
   */
  private refresh(languages: readonly string[]): void {
    if (languages.length > 0) {
      this.mute?.dispose();
      this.mute = vscode.languages.registerDocumentSymbolProvider(
        this.session?.languages ?? [], { provideDocumentSymbols: () => undefined });
    }
    this.changed.fire();
  }
}

async function outline(uri: vscode.Uri): Promise<vscode.DocumentSymbol[]> {
  return await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider', uri) ?? [];
}

function question(feature: Feature, what: string, position?: vscode.Position): string {
  return JSON.stringify([feature, what, position?.line, position?.character]);
}
