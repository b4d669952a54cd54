/**
 * Finds out what other extensions serve, and leaves it to them: see core/yielding.
 *
 * The way to find out is to ask VS Code for everybody's answer. For an outline that is compared with ours, since
 * VS Code answers such a question with what it has or awaits already. For the rest we give none meanwhile; VS Code
 * does not tell who asks a provider, so a question of ours is known by its position or its text.
 */
import * as vscode from 'vscode';
import type { DocumentSymbol, Middleware, SymbolInformation } from 'vscode-languageclient/node';
import { FileLanguages, familyOf, nameOf, type Contributed } from './core/languages';
import { delays, Yielding, type Feature } from './core/yielding';
import type { Session } from './session';
import { isOff, settings } from './settings';

/**
 * patience, in ms, with somebody whose outline is awaited. VS Code shows no outline before it has all, so that ours
 * is of no use meanwhile. Ours takes a few, and on a very busy machine hundreds.
 */
const patience = 2000;

/**
 * limit, in ms, for an answer of others. Who takes longer does not serve the feature yet: a server that is loading may
 * keep a question for minutes, and ours is not to be silent for as long.
 */
const limit = 10_000;

/** settle, in ms, after which a document that is looked at is looked into: people pass through many. */
const settle = 300;

export class Neighbours implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when something is yielded, or not any more. */
  readonly onDidChange = this.changed.event;
  readonly yielding: Yielding;

  private session: Session | undefined;
  private files: FileLanguages | undefined;
  private readonly titles = new Map<string, string>();
  /** Questions of ours under way, which our own provider is not to answer. */
  private readonly silent = new Set<string>();
  /** Kinds of questions of ours that are under way, also after the limit: who hangs is not asked again and again. */
  private readonly unanswered = new Set<string>();
  /** Documents whose outlines are being compared, with the outline of ours that VS Code was given since, if any. */
  private readonly comparing = new Map<vscode.TextDocument, Ours | undefined>();
  /** Languages whose outline was left to others who then had none: to be late is not taken for a sign again. */
  private readonly disappointed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private mute: vscode.Disposable | undefined;
  private disposables: vscode.Disposable[] = [this.changed];

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
        this.titles.clear();
        this.refresh(this.yielding.forget());
        this.look();
      }),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('symcache.yieldToOtherExtensions')) {
          this.yielding.policy = settings().policy;
          this.yielding.forget();
          this.refresh(session.languages);
          this.look();
        } else if (event.affectsConfiguration('symcache.features')) {
          this.refresh(session.languages);
          this.look(); // where our outline is off, nobody asks us for it
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
      if (this.yields(document, 'documentSymbol')) {
        this.look(); // there may be nobody any more
        return undefined;
      }
      const { version } = document;
      const symbols = await next(document, token);
      if (symbols && symbols.length > 0) {
        void this.compare(document, { version, count: symbols.length });
      }
      return symbols;
    },
    provideDefinition: (document, position, token, next) =>
      this.yields(document, 'definition', position) ? undefined : next(document, position, token),
    provideDeclaration: (document, position, token, next) =>
      this.yields(document, 'declaration', position) ? undefined : next(document, position, token),
    provideHover: (document, position, token, next) =>
      this.yields(document, 'hover', position) ? undefined : next(document, position, token),
    provideDocumentHighlights: (document, position, token, next) =>
      this.yields(document, 'documentHighlight') ? undefined : next(document, position, token),
    provideFoldingRanges: (document, context, token, next) =>
      this.yields(document, 'foldingRange') ? undefined : next(document, context, token),
    provideSelectionRanges: (document, positions, token, next) =>
      this.yields(document, 'selectionRange') ? undefined : next(document, positions, token),
    provideWorkspaceSymbols: async (query, token, next) => {
      if (this.silent.has(question('workspaceSymbol', query)) || this.yielding.policy === 'always') {
        return [];
      }
      const symbols = await next(query, token);
      const yielded = new Map<string | undefined, boolean>();
      return symbols?.filter(({ location }) => {
        const language = this.languageOf(location.uri);
        if (language !== undefined && !yielded.has(language)) {
          yielded.set(language, this.yieldsSymbols(language));
        }
        return yielded.get(language) !== true;
      });
    },
  };

  private yields(document: vscode.TextDocument, feature: Feature, position?: vscode.Position): boolean {
    if (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled') {
      return true; // a revision in a diff: the server does not know its text
    }
    const asked = position !== undefined && this.silent.has(question(feature, document.uri.toString(), position));
    return asked || isOff(feature, document) || this.yielding.yields(document.languageId, feature);
  }

  /** yieldsSymbols tells whether workspace symbols of a language are left out. */
  private yieldsSymbols(language: string): boolean {
    // TypeScript's and others answer only while a file of theirs is open.
    return isOff('workspaceSymbol', { languageId: language }) || this.yielding.yields(language, 'workspaceSymbol') &&
      vscode.workspace.textDocuments.some(document => familyOf(language).includes(document.languageId));
  }

  private languageOf(uri: vscode.Uri): string | undefined {
    this.files ??= new FileLanguages(contributed());
    return this.files.of(uri.path);
  }

  /** titleOf is how people write a language of VS Code's, as its extension has it. */
  titleOf(language: string): string {
    let title = this.titles.get(language);
    if (title === undefined) {
      title = nameOf(language, contributed());
      this.titles.set(language, title);
    }
    return title;
  }

  /** look begins to look into the active document. */
  private look(): void {
    clearTimeout(this.timer);
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && vscode.languages.match(this.session?.selector ?? [], document) > 0) {
      this.timer = setTimeout(() => { void this.attempt(document, 0); }, settle);
    }
  }

  private async attempt(document: vscode.TextDocument, n: number): Promise<void> {
    const language = document.languageId;
    let again: boolean | 'soon' = false;
    try {
      again = await this.probe(document, language);
    } catch (err) {
      this.output.debug(`asking for the answers of other extensions: ${String(err)}`);
      again = true;
    }
    const next = again === 'soon' ? 0 : n;
    const delay = delays[next];
    if (again !== false && delay !== undefined && document === vscode.window.activeTextEditor?.document) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { void this.attempt(document, next + 1); }, delay);
    }
  }

  /** probe tells whether there may be more to find out later, or soon, since somebody has begun to answer. */
  private async probe(document: vscode.TextDocument, language: string): Promise<boolean | 'soon'> {
    const client = this.session?.running;
    if (client === undefined || this.yielding.policy !== 'auto') {
      return false; // a change of either begins anew
    }
    const unknown = this.yielding.wants(language, 'documentSymbol');
    if (unknown && !isOff('documentSymbol', document)) {
      return false; // VS Code asks us when there is somebody new, and then outlines are compared
    }
    const { version } = document;
    const theirs = await outline(document.uri);
    if (unknown) {
      const found = theirs.length > 0 && isOff('documentSymbol', document); // else ours may be among them by now
      if (found) {
        this.note(language, 'documentSymbol', true);
      }
      return !found;
    }
    if (theirs.length === 0 && document.version === version && await this.haveOutline(document)) {
      this.note(language, 'documentSymbol', false); // who had one has none any more
      return false;
    }
    const known = theirs.find(symbol => /^\w{3,}$/.test(symbol.name));
    if (known === undefined) {
      return true;
    }
    const { uri } = document;
    const position = known.selectionRange.start;
    const rest: [Feature, boolean, () => Promise<boolean>][] = [
      ['workspaceSymbol', true, async () => {
        const symbols = await this.ask<vscode.SymbolInformation>('workspaceSymbol',
          question('workspaceSymbol', known.name), 'vscode.executeWorkspaceSymbolProvider', known.name);
        return symbols.some(symbol => familyOf(language).includes(this.languageOf(symbol.location.uri) ?? ''));
      }],
      ['definition', client.getFeature('textDocument/definition').getProvider(document) !== undefined,
        async () => (await this.ask(`definition ${language}`, question('definition', uri.toString(), position),
          'vscode.executeDefinitionProvider', uri, position)).length > 0],
      ['hover', client.getFeature('textDocument/hover').getProvider(document) !== undefined,
        async () => (await this.ask(`hover ${language}`, question('hover', uri.toString(), position),
          'vscode.executeHoverProvider', uri, position)).length > 0],
    ];
    const wanted = () => rest.filter(([feature, served]) => served && this.yielding.wants(language, feature));
    const before = wanted();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, limit); });
    try {
      await Promise.race([late, Promise.all(before.map(async ([feature, , probe]) => {
        if (await probe() && this.yielding.yields(language, 'documentSymbol')) { // they are still there, however late it is
          this.note(language, feature, true);
        }
      }))]);
    } finally {
      clearTimeout(timer);
    }
    const left = wanted().length;
    return left > 0 && (left < before.length ? 'soon' : true);
  }

  /**
   * compare finds out whether somebody else has an outline of a document, when we have answered with ours. It does so
   * whenever VS Code has asked us: it does when there is a new provider. It has asked the others too and shows nothing
   * before all have answered, so that to be late is a sign as well: their outline would be shown beside ours when it
   * comes.
   */
  private async compare(document: vscode.TextDocument, ours: Ours): Promise<void> {
    const language = document.languageId;
    if (!this.yielding.wants(language, 'documentSymbol')) {
      return;
    }
    if (this.comparing.has(document)) {
      this.comparing.set(document, ours);
      return;
    }
    this.comparing.set(document, undefined);
    const late = setTimeout(() => {
      if (!this.disappointed.has(language)) {
        this.note(language, 'documentSymbol', true);
      }
    }, patience);
    try {
      const all = await outline(document.uri);
      if (document.version === ours.version) { // else these are outlines of different texts
        const left = !this.yielding.wants(language, 'documentSymbol'); // and ours is not among them
        this.note(language, 'documentSymbol', all.length > (left ? 0 : ours.count));
      }
    } catch (err) {
      this.output.debug(`asking for all outlines: ${String(err)}`);
    } finally {
      clearTimeout(late);
      const later = this.comparing.get(document);
      this.comparing.delete(document);
      if (later !== undefined && document.version !== ours.version) {
        void this.compare(document, later);
      }
    }
  }

  /** haveOutline tells whether we have one. */
  private async haveOutline(document: vscode.TextDocument): Promise<boolean> {
    const symbols = await this.session?.running?.sendRequest<(DocumentSymbol | SymbolInformation)[] | null>(
      'textDocument/documentSymbol', { textDocument: { uri: document.uri.toString() } });
    return (symbols?.length ?? 0) > 0;
  }

  /** ask puts a question to all providers but ours, one of a kind at a time. */
  private async ask<T>(kind: string, question: string, command: string, ...args: unknown[]): Promise<T[]> {
    if (this.unanswered.has(kind)) {
      return [];
    }
    this.unanswered.add(kind);
    this.silent.add(question);
    const timer = setTimeout(() => { this.silent.delete(question); }, limit);
    try {
      return await vscode.commands.executeCommand<T[] | undefined>(command, ...args) ?? [];
    } finally {
      clearTimeout(timer);
      this.silent.delete(question);
      this.unanswered.delete(kind);
    }
  }

  private note(language: string, feature: Feature, yes: boolean): void {
    const news = familyOf(language).filter(l => this.yielding.served(l, feature, yes));
    if (news.length > 0) {
      this.output.info(`${feature} of ${news.join(', ')}: ${yes ? 'left to another extension' : 'ours again'}`);
      this.refresh(feature === 'documentSymbol' ? news : []);
      if (feature === 'documentSymbol' && yes) {
        this.look(); // for what else they serve
      } else if (feature === 'documentSymbol') {
        news.forEach(l => this.disappointed.add(l));
      }
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
        this.session?.selector ?? [], { provideDocumentSymbols: () => undefined });
    }
    this.changed.fire();
  }
}

/** contributed are the languages of all extensions. */
function contributed(): Contributed[] {
  return vscode.extensions.all.flatMap(extension =>
    (extension.packageJSON as { contributes?: { languages?: Contributed[] } }).contributes?.languages ?? []);
}

/** Ours is an outline of ours: the number of its top-level symbols, and the version of the text that it is of. */
interface Ours {
  version: number;
  count: number;
}

async function outline(uri: vscode.Uri): Promise<vscode.DocumentSymbol[]> {
  return await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider', uri) ?? [];
}

function question(feature: Feature, what: string, position?: vscode.Position): string {
  return JSON.stringify([feature, what, position?.line, position?.character]);
}
