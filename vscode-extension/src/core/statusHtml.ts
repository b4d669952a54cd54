/** The status page as HTML. Its colours are the theme's; it has no script. */
import { bytes, count } from './format';
import { leftOutRows, type Place } from './leftOut';
import { groups, parts, present, served, type Situation } from './present';

type Action = readonly [command: string, title: string];

const start: Action = ['symcache.startServer', 'Start Server'];
const running: readonly Action[] = [
  ['symcache.instantSymbol', 'Go to Symbol'],
  ['symcache.warmWorkspace', 'Warm Workspace'],
  ['symcache.restartServer', 'Restart Server'],
];
const always: readonly Action[] = [
  ['symcache.verifyCache', 'Verify Cache'],
  ['symcache.clearCache', 'Clear Cache…'],
  ['symcache.openSettings', 'Settings'],
  ['symcache.showOutput', 'Show Output'],
];

/** openLine opens the line of an ignore file; its arguments are those of a Place. */
export const openLine = 'symcache.openIgnoringLine';

/** actionCommands are what the page may run. */
export const actionCommands: readonly string[] = [...[start, ...running, ...always].map(([command]) => command), openLine];

export function statusHtml(s: Situation, nonce: string): string {
  const { label, detail, severity } = present(s);
  const [workspace, ...rest] = groups(s);
  const actions = [...s.phase === 'running' || s.phase === 'starting' ? running : [start], ...s.program === undefined ? always.slice(2) : always];
  const links = actions.map(([command, title], i) =>
    `<a href="command:${command}"${i === 0 ? ' class="primary"' : ''}>${escape(title)}</a>`).join('');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<title>symcache</title>
<style nonce="${nonce}">
body { color: var(--vscode-foreground); font: var(--vscode-font-weight) var(--vscode-font-size)/1.5 var(--vscode-font-family);
  max-width: 52em; padding: 1em 2em; }
h1 { font-size: 1.6em; font-weight: 400; margin: 0; }
h2 { font-size: 1.15em; font-weight: 600; margin: 1.6em 0 .3em; }
.state { border: 1px solid currentColor; border-radius: 3px; font-size: .6em; margin-left: .6em; padding: .15em .6em; vertical-align: middle; }
.information { color: var(--vscode-descriptionForeground); }
.warning { color: var(--vscode-editorWarning-foreground); }
.error { color: var(--vscode-errorForeground); }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, rgba(128, 128, 128, .35)));
  overflow-wrap: anywhere; padding: .3em 1em .3em 0; text-align: left; vertical-align: top; }
th { color: var(--vscode-descriptionForeground); font-weight: 400; width: 13em; }
td a { color: var(--vscode-textLink-foreground); }
td a:hover { color: var(--vscode-textLink-activeForeground); }
td a:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
code { background: none; color: inherit; font-family: var(--vscode-editor-font-family); font-size: .95em; padding: 0; }
thead th { overflow-wrap: normal; width: auto; }
td { font-variant-numeric: tabular-nums; }
.n { text-align: right; white-space: nowrap; width: 9em; }
tr.sum > * { border-bottom: 0; font-weight: 600; }
.bar { padding-right: 0; width: 30%; }
meter { height: .8em; width: 100%; }
meter::-webkit-meter-bar { background: none; border: 0; height: .8em; }
meter::-webkit-meter-optimum-value { background: var(--vscode-charts-blue, var(--vscode-foreground)); border-radius: 2px; }
nav { margin: 1em 0 .4em; }
nav a { border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent)); border-radius: 3px;
  background: var(--vscode-button-secondaryBackground); color: var(--vscode-button-secondaryForeground);
  display: inline-block; margin: 0 .6em .6em 0; padding: .3em .9em; text-decoration: none; }
nav a:hover { background: var(--vscode-button-secondaryHoverBackground); }
nav a.primary { background: var(--vscode-button-background); color: var(--vscode-button-foreground); }
nav a.primary:hover { background: var(--vscode-button-hoverBackground); }
nav a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
p { color: var(--vscode-descriptionForeground); margin: .4em 0; }
</style>
</head>
<body>
<h1>symcache<span class="state ${severity}">${escape(label)}</span></h1>
<p>${escape(detail)}</p>
<nav>${links}</nav>
${workspace === undefined ? '' : groupHtml(workspace)}
${leftOutHtml(s)}
${languagesHtml(s)}
${rest.map(group => groupHtml(group, group.title === 'Cache' ? cacheHtml(s) : '')).join('\n')}
<p>Everything stays on this machine. The program uses no network, and nobody counts what you do.</p>
</body>
</html>`;
}

function groupHtml({ title, rows }: { title: string; rows: [string, string][] }, more = ''): string {
  const cells = rows.map(([name, value]) =>
    `<tr><th scope="row">${escape(name)}</th><td>${escape(value).replaceAll('\n', '<br>')}</td></tr>`).join('');
  return cells === '' && more === '' ? '' : `<h2>${escape(title)}</h2>\n<table>${cells}</table>${more}`;
}

function leftOutHtml(s: Situation): string {
  const { rows, more } = leftOutRows(s);
  if (rows.length === 0) {
    return '';
  }
  const cells = rows.map(({ what, pattern, by, place }) =>
    `<tr><th scope="row">${escape(what)}</th><td>${pattern === '' ? '' : `<code>${escape(pattern)}</code>`}</td>` +
    `<td>${place === undefined ? escape(by) : `<a href="${escape(lineLink(place))}">${escape(by)}</a>`}</td></tr>`).join('');
  return `<h2>Left out</h2>
<table><thead><tr><th scope="col">file or folder</th><th scope="col">pattern</th><th scope="col">by</th></tr></thead>${cells}</table>` +
    (more > 0 ? `<p>${count(more)} more ${more === 1 ? 'reason' : 'reasons'}: <code>symcache warm --json</code> lists them.</p>` : '');
}

/** lineLink is the address of a link that opens the line of an ignore file. */
export function lineLink(place: Place): string {
  return `command:${openLine}?${encodeURIComponent(JSON.stringify([place]))}`;
}

function languagesHtml(s: Situation): string {
  const rows = served(s);
  if (rows.length === 0 || s.phase !== 'running') {
    return '';
  }
  const cells = rows.map(({ language, ours, theirs }) =>
    `<tr><th scope="row">${escape(language)}</th><td>${escape(ours)}</td><td>${escape(theirs)}</td></tr>`).join('');
  return `<h2>Languages</h2>
<table><thead><tr><th scope="col"></th><th scope="col">by symcache</th><th scope="col">by another extension</th></tr></thead>${cells}</table>`;
}

function cacheHtml({ cache }: Situation): string {
  if (cache === undefined || cache.bytes === 0) {
    return '';
  }
  const list = parts(cache);
  const largest = Math.max(...list.map(part => part.bytes));
  const bar = (size: number) => list.length > 1
    ? `<td class="bar"><meter min="0" max="${largest}" value="${size}"></meter></td>` : '';
  const rows = list.map(({ name, files, bytes: size }) =>
    `<tr><th scope="row">${escape(name)}</th><td class="n">${files === undefined ? '' : count(files)}</td>` +
    `<td class="n">${bytes(size)}</td>${bar(size)}</tr>`).join('');
  return `<table><thead><tr><th scope="col"></th><th scope="col" class="n">parsed files</th><th scope="col" class="n">on disk</th>` +
    `${list.length > 1 ? '<th class="bar"></th>' : ''}</tr></thead>${rows}` +
    `<tr class="sum"><th scope="row">All</th><td class="n">${count(cache.entries)}</td><td class="n">${bytes(cache.bytes)}</td>` +
    `${list.length > 1 ? '<td></td>' : ''}</tr></table>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
