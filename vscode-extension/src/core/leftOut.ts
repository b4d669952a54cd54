/** What is left out of a workspace, and by which line of which file. */
import { count, shortened } from './format';
import type { Situation } from './present';

/** A reason why files and directories are not looked at, as the server tells it. */
export interface LeftOut {
  /** In words. */
  why: string;
  pattern?: string;
  /** The file and the line in which the pattern stands. Without: it is a default or of a setting. */
  file?: string;
  line?: number;
  /** Files and directories; what is in such a directory is not counted. */
  count: number;
  /** The path of one of them. */
  example: string;
}

/** The place of a pattern. */
export interface Place {
  file: string;
  line: number;
}

/** isPlace is for what a command is called with, which may be anything. */
export function isPlace(value: unknown): value is Place {
  const place = value as Partial<Place> | null | undefined;
  return typeof place?.file === 'string' && typeof place.line === 'number' && place.line >= 1;
}

/** shownReasons bounds the rows of the status page: the most frequent reasons tell most. */
const shownReasons = 12;

export function placeOf({ file, line }: LeftOut): Place | undefined {
  return file === undefined || line === undefined ? undefined : { file, line };
}

/** ruledBy says what leaves something out: "line 2 of .gitignore". */
export function ruledBy(out: LeftOut, s: Pick<Situation, 'status' | 'chosen' | 'home'>): string {
  const place = placeOf(out);
  if (place !== undefined) {
    return `line ${count(place.line)} of ${nearby(place.file, s)}`;
  }
  if (out.pattern === undefined) {
    return out.why;
  }
  return s.chosen.exclude.includes(out.pattern) ? 'the setting "symcache.exclude"' : 'a default of symcache';
}

/** A row of the status page: of one reason. */
export interface LeftOutRow {
  what: string;
  pattern: string;
  by: string;
  place: Place | undefined;
}

/** leftOutRows are the most frequent reasons of the last look at all files, and how many more there are. */
export function leftOutRows(s: Situation): { rows: LeftOutRow[]; more: number } {
  const all = s.phase === 'running' ? s.status?.scan.report?.ignored_by ?? [] : [];
  const rows = all.slice(0, shownReasons).map(out => ({
    what: nearby(out.example, s) + (out.count > 1 ? ` and ${count(out.count - 1)} more` : ''),
    pattern: out.pattern ?? '',
    by: ruledBy(out, s),
    place: placeOf(out),
  }));
  return { rows, more: all.length - rows.length };
}

/** nearby writes a path below the only folder as it is called there, and others without the home directory. */
export function nearby(path: string, { status, home }: Pick<Situation, 'status' | 'home'>): string {
  const [root = '', another] = status?.roots ?? [];
  const inside = root !== '' && another === undefined && path.startsWith(root) && ['/', '\\'].includes(path.charAt(root.length));
  return inside ? path.slice(root.length + 1) : shortened(path, home);
}
