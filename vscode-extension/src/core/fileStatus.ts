/** How it stands with the file in the active editor: what of it is served, and why not all. */
import { features, namesOf } from './features';
import { bytes } from './format';
import { serverLanguage, titleOf } from './languages';
import { placeOf, ruledBy, type Place } from './leftOut';
import { languagesInWords, type Situation, type Severity } from './present';
import type { Policy } from './yielding';

/** What the settings say that decides about files. */
export interface Chosen {
  policy: Policy;
  /** The server's names of languages, and features, that are switched off. */
  languagesOff: readonly string[];
  featuresOff: readonly string[];
  exclude: readonly string[];
  /** Empty: all. */
  include: readonly string[];
  /** As it is written, such as "2 MiB". */
  maxFileSize: string;
}

/** The file in the active editor. */
export interface ActiveFile {
  name: string;
  uri: string;
  /** VS Code's name of its language, and how people write that. */
  language: string;
  title: string;
  bytes: number;
  /** Whether the server knows the language. */
  known: boolean;
  /** Features that are switched off for its language alone. */
  featuresOff: readonly string[];
}

export interface FileStatus {
  label: string;
  /** Goes on after the name of the file and a colon. */
  detail: string;
  /** The same in a few words, after the label: the language status has room for some 60 letters and a command. */
  brief: string;
  severity: Severity;
  /** The line that leaves the file out. */
  leftOutBy?: Place | undefined;
}

/** largest is the size in bytes up to which an open file is parsed, whatever "symcache.maxFileSize" is. */
const largest = 32 << 20;

/** fileStatus is of a server that runs; another has more important news. */
export function fileStatus(s: Situation): FileStatus | undefined {
  const { file, chosen } = s;
  if (file === undefined || s.phase !== 'running' || s.status === undefined) {
    return undefined;
  }
  const language = serverLanguage(file.language);
  const calm = { severity: 'information' } as const;
  if (!file.known) {
    return {
      ...calm, label: `${file.title} is not served`, brief: '',
      detail: `${file.title} is not a language of symcache, which knows ${languagesInWords(s)}`,
    };
  }
  if (chosen.languagesOff.includes(language)) {
    return { ...calm, label: 'Switched off', brief: 'by a setting', detail: `${titleOf(language)} is switched off by the setting "symcache.languages"` };
  }
  if (file.bytes > largest) {
    return { severity: 'warning', label: 'Too large', brief: bytes(file.bytes), detail: `not parsed, since it has ${bytes(file.bytes)}, more than ${bytes(largest)}` };
  }
  const cut = s.status.truncated?.find(({ uri }) => uri === file.uri);
  if (cut !== undefined) {
    return { severity: 'warning', label: 'Outline is not whole', brief: '', detail: `the outline is not whole, since ${cut.reasons.join(' and ')}` };
  }
  if (chosen.policy === 'always') {
    return { ...calm, label: 'Left to others', brief: 'by a setting', detail: 'left to other extensions by the setting "symcache.yieldToOtherExtensions"' };
  }
  const out = s.status.leftOut?.find(({ uri }) => uri === file.uri);
  if (out !== undefined) {
    const brief = out.pattern === undefined ? out.why : `by ${ruledBy(out, s)}`;
    const by = out.pattern === undefined ? `(${brief})` : `${brief} (${out.pattern})`;
    return { ...calm, label: 'Left out', brief, leftOutBy: placeOf(out), detail: `left out ${by}, so it is found only while it is open` };
  }
  const off = [...chosen.featuresOff, ...file.featuresOff];
  const theirs = chosen.policy === 'never' ? [] : s.yielded.get(file.language) ?? [];
  const ours = features.filter(feature => !off.includes(feature) && !theirs.includes(feature));
  if (ours.length === 0 || off.includes('documentSymbol') || theirs.includes('documentSymbol')) {
    const parts = [
      ...ours.length > 0 ? [`${namesOf(ours)} by symcache`] : [],
      ...theirs.length > 0 ? [`${namesOf(theirs)} by another extension`] : [],
      ...off.length > 0 ? [`${namesOf(off)} switched off by the setting "symcache.features"`] : [],
    ];
    return theirs.includes('documentSymbol')
      ? { ...calm, label: 'Beside another extension', brief: '', detail: parts.join('; ') }
      : { ...calm, label: 'Switched off', brief: 'by a setting', detail: parts.join('; ') };
  }
  const detail = `${namesOf(ours)} by symcache`;
  return { ...calm, label: 'Ready', brief: detail, detail };
}
