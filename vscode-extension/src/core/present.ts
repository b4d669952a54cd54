/** How the state of the server is told in words: one place for status bar, language status and status page. */
import type { Source } from './binary';
import { bytes, count, counted, duration } from './format';

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
}

export interface ScanReport {
  files: number;
  parsed: number;
  reused: number;
  skipped: number;
  failed: number;
  /** Summaries that could not be written to the cache; absent: none. */
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
  status?: ServerStatus | undefined;
  cache?: CacheStats | undefined;
  /** Features left to other extensions, by language. */
  yielded: ReadonlyMap<string, readonly string[]>;
}

export interface Presentation {
  /** For the status bar, with icon. */
  text: string;
  /** Without icon. */
  label: string;
  detail: string;
  severity: 'information' | 'warning' | 'error';
  busy: boolean;
}

export function present(s: Situation): Presentation {
  const calm = { severity: 'information', busy: false } as const;
  switch (s.phase) {
    case 'disabled':
      return { ...calm, text: '$(circle-slash) symcache', label: 'Off', detail: 'by the setting "symcache.enable"' };
    case 'stopped':
      return { ...calm, text: '$(circle-slash) symcache', label: 'Stopped', detail: 'until it is restarted' };
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
    const progress = files === 0 ? 'listing files' : `${count(done)} / ${count(files)} files`;
    return {
      ...calm, busy: true, text: `$(sync~spin) ${progress}`, label: 'Reading symbols', detail: progress,
    };
  }
  const failed = status.scan.report?.failed ?? 0;
  return {
    severity: failed > 0 ? 'warning' : 'information',
    busy: false,
    text: '$(zap) symcache',
    label: 'Ready',
    detail: `${counted(status.symbols, 'symbol')} in ${counted(status.files, 'file')}` +
      (failed > 0 ? `, ${counted(failed, 'file')} could not be read` : ''),
  };
}

/** warmed tells what a warm-up did, and whether it left something out. */
export function warmed(report: ScanReport): { text: string; complete: boolean } {
  const { files, parsed, reused, failed, not_stored: notStored = 0, elapsed_ms: ms } = report;
  const left = [
    ...failed > 0 ? [`${counted(failed, 'file')} could not be read`] : [],
    ...notStored > 0 ? [`${counted(notStored, 'summary', 'summaries')} could not be stored`] : [],
  ];
  const done = `${counted(files, 'file')}, ${count(parsed)} parsed and ${count(reused)} reused in ${duration(ms)}`;
  return left.length === 0 ? { text: `The workspace is warm: ${done}.`, complete: true }
    : { text: `The workspace is warm, but ${left.join(' and ')}: ${done}.`, complete: false };
}

/** facts are the rows of the status page and of the tooltip: what is known, in order. */
export function facts(s: Situation): [name: string, value: string][] {
  const { label, detail } = present(s);
  const rows: [string, string][] = [['State', detail === '' ? label : `${label}: ${detail}`]];
  const { status, cache, program } = s;
  if (status !== undefined && s.phase === 'running') {
    rows.push(['Files', count(status.files)], ['Symbols', count(status.symbols)]);
    const report = status.scan.report;
    if (report !== undefined) {
      rows.push(['Last scan', `${duration(report.elapsed_ms)}: ${count(report.parsed)} parsed, ` +
        `${count(report.reused)} reused, ${count(report.skipped)} skipped, ${count(report.failed)} failed`]);
    }
    for (const { state, watched, polled, reason } of status.watch ?? []) {
      rows.push(['Changes on disk', `${state}: ${counted(watched, 'directory', 'directories')} watched` +
        (polled > 0 ? `, ${count(polled)} polled${reason === undefined ? '' : ` (${reason})`}` : '')]);
    }
    rows.push(['Folders', status.roots.length === 0 ? 'none' : status.roots.join('\n')]);
  }
  if (cache !== undefined) {
    rows.push(['Cache', `${bytes(cache.bytes)} on disk, ${counted(cache.entries, 'summary', 'summaries')}`],
      ['Cache directory', cache.root]);
  } else if (status?.cache) {
    rows.push(['Cache directory', status.cache]);
  }
  if (program !== undefined) {
    const sources = { setting: 'from the setting "symcache.path"', bundled: 'of the extension', PATH: 'found on PATH' };
    rows.push(['Program', `${program.path} (${sources[program.source]})`], ['Version', program.version]);
  }
  for (const [language, features] of s.yielded) {
    rows.push([`Left to others, ${language}`, features.join(', ')]);
  }
  return rows;
}
