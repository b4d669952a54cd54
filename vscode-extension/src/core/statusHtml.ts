/** The status page as HTML. Its colours are the theme's; it has no script. */
import { bytes, count } from './format';
import { facts, present, type Situation } from './present';

const actions: readonly [command: string, title: string][] = [
  ['symcache.warmWorkspace', 'Warm Workspace'],
  ['symcache.verifyCache', 'Verify Cache'],
  ['symcache.clearCache', 'Clear Cache…'],
  ['symcache.restartServer', 'Restart Server'],
  ['symcache.showOutput', 'Show Output'],
];

/** actionCommands are what the page may run. */
export const actionCommands: readonly string[] = actions.map(([command]) => command);

export function statusHtml(s: Situation, nonce: string): string {
  const { label, severity } = present(s);
  const rows = facts(s).map(([name, value]) =>
    `<tr><th scope="row">${escape(name)}</th><td>${escape(value).replaceAll('\n', '<br>')}</td></tr>`).join('');
  const languages = Object.entries(s.cache?.by_language ?? {}).sort(([, a], [, b]) => b.bytes - a.bytes);
  const largest = languages[0]?.[1].bytes ?? 1;
  const bars = languages.map(([name, { entries, bytes: size }]) =>
    `<tr><th scope="row">${escape(name)}</th><td class="n">${count(entries)}</td><td class="n">${bytes(size)}</td>` +
    `<td class="bar"><meter min="0" max="${Math.max(largest, 1)}" value="${size}"></meter></td></tr>`).join('');
  const links = actions.map(([command, title]) => `<a href="command:${command}">${escape(title)}</a>`).join('');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<title>symcache</title>
<style nonce="${nonce}">
body { color: var(--vscode-foreground); font: var(--vscode-font-weight) var(--vscode-font-size)/1.5 var(--vscode-font-family);
  max-width: 52em; padding: 1em 2em; }
h1 { font-size: 1.6em; font-weight: 400; margin: 0 0 .6em; }
h2 { font-size: 1.15em; font-weight: 600; margin: 1.8em 0 .4em; }
.state { border: 1px solid currentColor; border-radius: 3px; font-size: .6em; margin-left: .6em; padding: .15em .6em; vertical-align: middle; }
.information { color: var(--vscode-descriptionForeground); }
.warning { color: var(--vscode-editorWarning-foreground); }
.error { color: var(--vscode-errorForeground); }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, rgba(128, 128, 128, .35)));
  overflow-wrap: anywhere; padding: .35em 1em .35em 0; text-align: left; vertical-align: top; }
th { color: var(--vscode-descriptionForeground); font-weight: 400; white-space: nowrap; width: 11em; }
td { font-variant-numeric: tabular-nums; }
td.n { text-align: right; white-space: nowrap; width: 7em; }
td.bar { padding-right: 0; }
meter { height: .8em; width: 100%; }
meter::-webkit-meter-bar { background: none; border: 0; height: .8em; }
meter::-webkit-meter-optimum-value { background: var(--vscode-charts-blue, var(--vscode-foreground)); border-radius: 2px; }
nav a { border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent)); border-radius: 3px;
  background: var(--vscode-button-secondaryBackground); color: var(--vscode-button-secondaryForeground);
  display: inline-block; margin: 0 .6em .6em 0; padding: .3em .9em; text-decoration: none; }
nav a:hover { background: var(--vscode-button-secondaryHoverBackground); }
nav a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
nav { margin-top: 1.8em; }
p { color: var(--vscode-descriptionForeground); }
</style>
</head>
<body>
<h1>symcache<span class="state ${severity}">${escape(label)}</span></h1>
<table>${rows}</table>
${bars === '' ? '' : `<h2>On disk, by language</h2>
<table><tr><th scope="col">Language</th><td class="n">summaries</td><td class="n">size</td><td></td></tr>${bars}</table>`}
<nav>${links}</nav>
<p>Everything stays on this machine: no network, no telemetry.</p>
</body>
</html>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
