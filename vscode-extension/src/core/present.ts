/** How the state of the server is told in words: one place for status bar, language status, tooltip and status page. */
import type { Source } from './binary';
import { namesOf, features } from './features';
import { fileStatus, type ActiveFile, type Chosen } from './fileStatus';
import { bytes, count, counted, duration, shortened } from './format';
import { identifiersOf, titleOf } from './languages';
import type { LeftOut } from './leftOut';

/** The answer of the server to symcache/status. */
export interface ServerStatus {
  state: 'scanning' | 'ready';
  roots: string[];
  cache: string;
  files: number;
  symbols: number;
  scan: { files: number; done: number; report?: ScanReport };
  /** How changes on disk are noticed, by root. */
  watch?: { root: string; state: string; watched: number; polled: number; reason?: string }[];
  /** Open documents whose outlines lack symbols. */
  truncated?: { uri: string; reasons: string[] }[];
  /** Open documents whose files a look at all files leaves out. */
  leftOut?: (LeftOut & { uri: string })[];
  /** Links that lead out of the folders, where they are to be followed; why: one is not. */
  links?: { path: string; target?: string; why?: string }[];
  badFolders?: { path: string; error: string }[];
  /** Directories on disks that do not answer. */
  hanging?: string[];
}

export interface ScanReport {
  files: number;
  parsed: number;
  reused: number;
  skipped: number;
  failed: number;
  skipped_reasons?: Record<string, number>;
  failures?: { path: string; error: string }[];
  /** What is not looked at, by reason, the most frequent first. */
  ignored_by?: LeftOut[];
  /** What could not be written to the cache; absent: none. */
  not_stored?: number;
  elapsed_ms: number;
}

/** What `symcache stats --json` prints. */
export interface CacheStats {
  root: string;
  entries: number;
  bytes: number;
  by_language: Record<string, { entries: number; bytes: number }>;
}

export type Phase = 'disabled' | 'stopped' | 'starting' | 'running' | 'failed';

/** Everything that is told. */
export interface Situation {
  phase: Phase;
  /** Why it failed, and what to do. */
  problem?: string | undefined;
  program?: { path: string; source: Source; version: string } | undefined;
  /** The languages of the server. */
  languages: readonly string[];
  status?: ServerStatus | undefined;
  cache?: CacheStats | undefined;
  /** Base caches, which are read beside the own one. */
  bases: readonly string[];
  /** Features left to other extensions, by VS Code's name of the language. */
  yielded: ReadonlyMap<string, readonly string[]>;
  /** What the settings say. */
  chosen: Chosen;
  /** The file in the active editor. */
  file?: ActiveFile | undefined;
  /** The home directory, which paths are written without. */
  home: string;
}

export type Severity = 'information' | 'warning' | 'error';

export interface Presentation {
  /** For the status bar, with icon. */
  text: string;
  /** Without icon. */
  label: string;
  detail: string;
  severity: Severity;
  busy: boolean;
}

export function present(s: Situation): Presentation {
  const calm = { severity: 'information', busy: false } as const;
  switch (s.phase) {
    case 'disabled':
      return { ...calm, text: '$(circle-slash) symcache', label: 'Off', detail: 'by the setting "symcache.enable"' };
    case 'stopped':
      return { ...calm, severity: 'warning', text: '$(circle-slash) symcache', label: 'Stopped by you', detail: '' };
    case 'starting':
      return { ...calm, busy: true, text: '$(sync~spin) symcache', label: 'Starting', detail: '' };
    case 'failed':
      return {
        severity: 'error', busy: false, text: '$(error) symcache', label: 'Not running', detail: s.problem ?? '',
      };
    case 'running':
      break;
  }
  const status = s.status;
  if (status === undefined) {
    return { ...calm, busy: true, text: '$(sync~spin) symcache', label: 'Starting', detail: '' };
  }
  if (status.state === 'scanning') {
    const { done, files } = status.scan;
    return {
      ...calm, busy: true, label: 'Reading files',
      text: `$(sync~spin) ${files === 0 ? 'listing files' : `${count(done)} / ${count(files)} files`}`,
      detail: files === 0 ? 'listing them' : `${count(done)} of ${counted(files, 'file')}`,
    };
  }
  if (status.files === 0) {
    return { ...calm, text: '$(zap) symcache: no files', label: 'No files', detail: nothingKnown(s) };
  }
  const failed = status.scan.report?.failed ?? 0;
  return {
    severity: failed > 0 ? 'warning' : 'information',
    busy: false,
    text: '$(zap) symcache',
    label: 'Ready',
    detail: `${counted(status.symbols, 'symbol')} in ${counted(status.files, 'file')}` +
      (failed > 0 ? `; ${counted(failed, 'file')} could not be read` : ''),
  };
}

/** nothingKnown says why there is no symbol at all. */
export function nothingKnown(s: Situation): string {
  if (s.status?.roots.length === 0) {
    return 'no folder is open, only open files are known';
  }
  const none = `none of a language that symcache knows: ${languagesInWords(s)}`;
  const off = switchedOff(s);
  const { exclude, include } = s.chosen;
  return none + (include.length > 0 ? `; settings look at ${include.join(', ')} alone` : '') +
    (off !== '' || exclude.length > 0 ? `; settings leave out ${[...off === '' ? [] : [off], ...exclude].join(', ')}` : '');
}

/** languagesInWords lists the languages of the server: "C, Go and Python". */
export function languagesInWords({ languages }: Pick<Situation, 'languages'>): string {
  const all = languages.map(titleOf);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
}

/** switchedOff names what the settings switch off. */
function switchedOff({ chosen }: Situation): string {
  return [...chosen.languagesOff.map(titleOf), ...chosen.featuresOff.length > 0 ? [namesOf(chosen.featuresOff)] : []].join(', ');
}

/** warmed tells what a warm-up did, and whether it left something out. A notification shows some 60 letters of it. */
export function warmed(report: ScanReport): { text: string; complete: boolean } {
  const { files, parsed, failed, not_stored: notStored = 0, elapsed_ms: ms } = report;
  const left = [
    ...failed > 0 ? [`${counted(failed, 'file')} could not be read`] : [],
    ...notStored > 0 ? [`${count(notStored)} could not be stored`] : [],
  ];
  const done = `${counted(files, 'file')}, ${count(parsed)} newly parsed, in ${duration(ms)}`;
  return left.length === 0 ? { text: `Warm: ${done}.`, complete: true }
    : { text: `Warm, but ${left.join(' and ')}: ${done}.`, complete: false };
}

/** progressText writes the server's "4959/4959 files" as people read it. */
export function progressText(message: string): string {
  return message.replace(/^(\d+)\/(\d+) /, (_, done, all) => `${count(Number(done))} of ${count(Number(all))} `);
}

/** tooltip has what is worth a glance: how the server stands, and how it stands with the active file. */
export function tooltipLines(s: Situation): string[] {
  const { label, detail } = present(s);
  const file = fileStatus(s);
  return [
    detail === '' ? label : `${label}: ${detail}`,
    ...file === undefined ? [] : [`${s.file?.name ?? ''}: ${file.detail}`],
  ];
}

/** shownPaths bounds the paths that a row of the status page names: more are not read. */
const shownPaths = 5;

/** A group of the status page. */
export interface Group {
  title: string;
  rows: [name: string, value: string][];
}

/** groups are what the status page says of the workspace, the cache and the program. */
export function groups(s: Situation): Group[] {
  const { status, program, chosen } = s;
  const short = (path: string) => shortened(path, s.home);
  const workspace: Group['rows'] = [];
  const file = fileStatus(s);
  if (file !== undefined) {
    workspace.push(['Active file', `${s.file?.name ?? ''}: ${file.detail}`]);
  }
  if (status !== undefined && s.phase === 'running') {
    workspace.push([status.roots.length > 1 ? 'Folders' : 'Folder', status.roots.length === 0 ? 'none' : status.roots.map(short).join('\n')]);
    for (const { path, error } of status.badFolders ?? []) {
      workspace.push(['Not usable', `${short(path)}: ${error}`]);
    }
    if (status.hanging !== undefined && status.hanging.length > 0) {
      workspace.push(['Disks that do not answer', status.hanging.map(short).join('\n')]);
    }
    const links = status.links ?? [];
    if (links.length > 0) {
      const not = links.filter(({ why }) => why !== undefined);
      const shown = not.slice(0, shownPaths).map(({ path, why = '' }) => `${short(path)}: ${why}`);
      workspace.push(['Links out of the folders', [
        `${count(links.length - not.length)} followed`, ...shown, ...not.length > shown.length ? [`${count(not.length)} in all are not`] : [],
      ].join('\n')]);
    }
    const report = status.scan.report;
    if (report !== undefined) {
      workspace.push(['Last look at all files', `${duration(report.elapsed_ms)}: ${count(report.parsed)} parsed, ` +
        `${count(report.reused)} from the cache`]);
      if (report.skipped > 0) {
        const reasons = Object.entries(report.skipped_reasons ?? {}).map(([reason, n]) => `${count(n)} ${reason}`);
        workspace.push(['Skipped', reasons.length > 0 ? reasons.join(', ') : counted(report.skipped, 'file')]);
      }
      if (report.failed > 0) {
        const shown = (report.failures ?? []).slice(0, shownPaths).map(({ path, error }) => `${short(path)}: ${error}`);
        workspace.push(['Could not be read', [...shown, ...report.failed > shown.length ? [`${count(report.failed)} in all`] : []].join('\n')]);
      }
    }
    for (const { root, state, watched, polled, reason } of status.watch ?? []) {
      const where = status.roots.length > 1 ? `${short(root)}: ` : '';
      workspace.push(['Changes on disk', where + (polled > 0
        ? `${counted(watched, 'directory', 'directories')} watched, ${count(polled)} looked at in turn${reason === undefined ? '' : ` (${reason})`}`
        : state === 'watching' ? `${counted(watched, 'directory', 'directories')} watched` : reason === undefined ? state : `${state} (${reason})`)]);
    }
  }
  const limits = [`files above ${chosen.maxFileSize}`, ...chosen.exclude];
  if (chosen.include.length > 0) {
    workspace.push(['Looked at, by settings', chosen.include.join(', ')]);
  }
  workspace.push(['Left out by settings', limits.join(', ')]);
  const off = switchedOff(s);
  if (off !== '') {
    workspace.push(['Switched off', off]);
  }
  if (chosen.policy !== 'auto') {
    workspace.push(['Beside other extensions', chosen.policy === 'always'
      ? 'all left to them, by the setting "symcache.yieldToOtherExtensions"'
      : 'answers too, by the setting "symcache.yieldToOtherExtensions"']);
  }
  const cache: Group['rows'] = [];
  const dir = s.cache?.root ?? status?.cache;
  if (dir) {
    cache.push(['Directory', short(dir)]);
  }
  for (const base of s.bases) {
    cache.push(['Base cache, read only', short(base)]);
  }
  const groups = [{ title: 'This workspace', rows: workspace }, { title: 'Cache', rows: cache }];
  if (program !== undefined) {
    const sources = { setting: 'from the setting "symcache.path"', bundled: 'of the extension', PATH: 'found on PATH' };
    groups.push({ title: 'Program', rows: [['Path', `${short(program.path)} (${sources[program.source]})`], ['Version', program.version]] });
  }
  return groups;
}

/** A language, what symcache answers for it, and what is left to another extension. */
export interface Served {
  language: string;
  ours: string;
  theirs: string;
}

/** served tells by language who answers, one row for languages of which the same is true. */
export function served(s: Situation): Served[] {
  const { chosen } = s;
  const rows: Served[] = [];
  for (const language of s.languages) {
    const theirs = chosen.policy === 'always' ? features
      : chosen.policy === 'never' ? [] : s.yielded.get(identifiersOf([{ language }])[0] ?? '') ?? [];
    const off = chosen.languagesOff.includes(language) ? features : chosen.featuresOff;
    const row = {
      ours: namesOf(features.filter(feature => !theirs.includes(feature) && !off.includes(feature))) || 'nothing',
      theirs: namesOf(theirs.filter(feature => !(off).includes(feature))),
    };
    const same = rows.find(({ ours, theirs }) => ours === row.ours && theirs === row.theirs);
    if (same !== undefined) {
      same.language += `, ${titleOf(language)}`;
    } else {
      rows.push({ language: titleOf(language), ...row });
    }
  }
  return rows;
}

/** A part of the cache: files that were parsed, of a language, or the rest. */
export interface Part {
  name: string;
  files: number | undefined;
  bytes: number;
}

/** parts add up to the size of the cache. */
export function parts({ by_language: languages, bytes: all }: CacheStats): Part[] {
  const list: Part[] = Object.entries(languages).sort(([, a], [, b]) => b.bytes - a.bytes)
    .map(([language, { entries, bytes }]) => ({ name: titleOf(language), files: entries, bytes }));
  const rest = all - list.reduce((sum, part) => sum + part.bytes, 0);
  return rest > 0 ? [...list, { name: 'Indexes of workspaces', files: undefined, bytes: rest }] : list;
}

/** cacheText writes how much is in the cache. */
export function cacheText({ entries, bytes: size }: { entries: number; bytes: number }): string {
  return `${counted(entries, 'parsed file')}, ${bytes(size)}`;
}
