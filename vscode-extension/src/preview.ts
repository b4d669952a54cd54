/** The places of symbols: gone to, opened to the side, and shown on the way. */
import * as vscode from 'vscode';
import { Newest } from './core/newest';

/** Preview shows places, and at the end what was there before. */
export class Preview {
  private readonly before = vscode.window.activeTextEditor;
  /** The tab of `before`, or one without a text. */
  private readonly tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  private readonly column = vscode.window.tabGroups.activeTabGroup.viewColumn;
  private readonly selection = this.before?.selection;
  private readonly visible = this.before?.visibleRanges[0];
  private readonly highlight = vscode.window.createTextEditorDecorationType({
    isWholeLine: true, backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  });
  private readonly newest = new Newest();
  /** Files that were not open and are not to stay. */
  private readonly passed = new Set<string>();
  /** The last file that is shown, or about to be. */
  private shown: vscode.TextDocument | undefined;
  /** Whether somebody has clicked into what is shown, which closes the list: there they want to be. */
  private taken = false;
  private readonly clicks = vscode.window.onDidChangeTextEditorSelection(({ kind, textEditor: { document } }) => {
    if (kind === vscode.TextEditorSelectionChangeKind.Mouse && document === this.shown) {
      this.taken = true;
      this.passed.delete(document.uri.toString());
    }
  });
  private ended: Promise<void> | undefined;

  async show(location: vscode.Location): Promise<void> {
    if (this.ended !== undefined) {
      return;
    }
    try {
      await this.newest.show(() => vscode.workspace.openTextDocument(location.uri), async document => {
        if (!tabs().some(({ uri }) => uri === location.uri.toString())) {
          this.passed.add(location.uri.toString());
        }
        this.taken = false;
        this.shown = document; // a click may come as soon as it is there
        const editor = await place(document, location.range, { preview: true, preserveFocus: true });
        editor.setDecorations(this.highlight, [location.range]);
        await this.closePassed(location.uri);
      });
    } catch (err) {
      cannotOpen(location, err);
    }
  }

  /** goTo ends it at a place. */
  goTo(location: vscode.Location): Promise<void> {
    this.ended ??= this.finish().then(async () => {
      await open(location, { preview: false });
      await this.closePassed(location.uri);
    });
    return this.ended;
  }

  /** end gives up what is shown. */
  end(): Promise<void> {
    this.ended ??= this.finish().then(() => this.goBack());
    return this.ended;
  }

  private async finish(): Promise<void> {
    await this.newest.end();
    this.highlight.dispose();
    this.clicks.dispose();
  }

  private async goBack(): Promise<void> {
    // Whoever has gone elsewhere meanwhile is not fetched back.
    if (this.taken || this.shown === undefined || this.shown !== vscode.window.activeTextEditor?.document) {
      return;
    }
    await this.closePassed();
    const input = this.tab?.input;
    if (input instanceof vscode.TabInputTextDiff) { // the editor is one of its two
      await vscode.commands.executeCommand('vscode.diff', input.original, input.modified, this.tab?.label,
        { viewColumn: this.column, preserveFocus: true });
      return;
    }
    if (this.before === undefined || !(input instanceof vscode.TabInputText)) {
      return;
    }
    const editor = await vscode.window.showTextDocument(this.before.document, {
      preserveFocus: true, // VS Code gives the focus back itself, and it may be elsewhere by now
      ...this.before.viewColumn !== undefined && { viewColumn: this.before.viewColumn },
    });
    if (this.selection !== undefined) {
      editor.selection = this.selection;
    }
    if (this.visible !== undefined) {
      editor.revealRange(this.visible, vscode.TextEditorRevealType.AtTop);
    }
  }

  /**
   * closePassed closes what does not stay, but for one file. With `workbench.editor.enablePreview` VS Code has one tab
   * for them all, which is that of a file no more when somebody has kept it open; without, each has its own.
   */
  private async closePassed(but?: vscode.Uri): Promise<void> {
    const previews = vscode.workspace.getConfiguration('workbench.editor').get('enablePreview', true);
    const passed = tabs().filter(({ tab, uri }) => this.passed.has(uri) && uri !== but?.toString() && !tab.isDirty &&
      (tab.isPreview || !previews));
    await vscode.window.tabGroups.close(passed.map(({ tab }) => tab), true);
  }
}

/** open opens a place. */
export async function open(location: vscode.Location, options: vscode.TextDocumentShowOptions): Promise<void> {
  try {
    await place(await vscode.workspace.openTextDocument(location.uri), location.range, options);
  } catch (err) {
    cannotOpen(location, err);
  }
}

/** place shows a place. The caret is put at the beginning of the name. */
async function place(
  document: vscode.TextDocument, range: vscode.Range, options: vscode.TextDocumentShowOptions,
): Promise<vscode.TextEditor> {
  // Set afterwards, the caret would leave where somebody has clicked meanwhile.
  const selection = new vscode.Range(range.start, range.start);
  const editor = await vscode.window.showTextDocument(document, { ...options, selection });
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return editor;
}

function cannotOpen({ uri }: vscode.Location, err: unknown): void {
  void vscode.window.showWarningMessage(`Cannot open ${uri.fsPath}: ${String(err)}`);
}

/** tabs are those with a text. */
function tabs(): { tab: vscode.Tab; uri: string }[] {
  return vscode.window.tabGroups.all.flatMap(group => group.tabs).flatMap(tab =>
    tab.input instanceof vscode.TabInputText ? [{ tab, uri: tab.input.uri.toString() }] : []);
}
