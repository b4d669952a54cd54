/**
 * Finding the server's program. Order: the setting, the one that came with the extension, PATH. A program is
 * asked for its version before it is used, so that a wrong one is noticed where it can be explained.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** versionTimeout, in ms, is how long `symcache version` may take; it takes 20 ms, and seconds on a busy disk. */
const versionTimeout = 15_000;

/** What `symcache version --json` prints. */
export interface Version {
  version: string;
  languages: { language: string; grammar?: string; error?: string }[];
}

export type Source = 'setting' | 'bundled' | 'PATH';

export interface Binary {
  path: string;
  source: Source;
  version: Version;
}

export interface Search {
  /** The setting symcache.path; empty: not set. */
  setting: string;
  extensionDir: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  home: string;
}

/** BinaryError says in its message what to do about it. */
export class BinaryError extends Error {}

/** findBinary returns the first program that works. One that is set and does not work is not replaced by another. */
export async function findBinary(search: Search, run = askVersion): Promise<Binary> {
  if (search.setting !== '') {
    const program = expandHome(search.setting, search.home);
    if (!path.isAbsolute(program)) {
      throw new BinaryError(`The setting "symcache.path" is ${JSON.stringify(search.setting)}, which is not an ` +
        'absolute path.');
    }
    try {
      return { path: program, source: 'setting', version: await run(program) };
    } catch (err) {
      throw new BinaryError(`The setting "symcache.path" names ${program}, which does not work: ${reason(err)}. ` +
        'Correct it, or empty it to use the program of the extension.');
    }
  }
  const failures: string[] = [];
  for (const [program, source] of candidates(search)) {
    if (!await isExecutable(program)) {
      continue;
    }
    try {
      return { path: program, source, version: await run(program) };
    } catch (err) {
      failures.push(`${program}: ${reason(err)}`);
    }
  }
  if (failures.length > 0) {
    throw new BinaryError(`No working symcache program was found (${failures.join('; ')}). Install the extension ` +
      'that was built for this system, or name a program in the setting "symcache.path".');
  }
  throw new BinaryError('There is no symcache program in the extension or on PATH. Install the extension that was ' +
    'built for this system, put symcache on PATH, or name it in the setting "symcache.path".');
}

function* candidates(search: Search): Generator<[string, Source]> {
  const name = search.platform === 'win32' ? 'symcache.exe' : 'symcache';
  yield [path.join(search.extensionDir, 'server', name), 'bundled'];
  const variable = Object.keys(search.env).find(key => key.toUpperCase() === 'PATH') ?? 'PATH';
  for (const dir of (search.env[variable] ?? '').split(path.delimiter)) {
    // What is relative depends on where the editor was started, which nobody chose.
    if (path.isAbsolute(dir)) {
      yield [path.join(dir, name), 'PATH'];
    }
  }
}

function expandHome(file: string, home: string): string {
  return file === '~' || file.startsWith('~/') || file.startsWith('~\\') ? path.join(home, file.slice(1)) : file;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const execute = promisify(execFile);

/** askVersion runs `symcache version --json`. */
export async function askVersion(program: string): Promise<Version> {
  try {
    const { stdout } = await execute(program, ['version', '--json'], { timeout: versionTimeout, windowsHide: true });
    return parseVersion(stdout);
  } catch (err) {
    const { killed, stderr } = err as ExecFileException;
    if (killed === true) {
      throw new Error('it did not tell its version in time', { cause: err });
    }
    const said = stderr?.trim().split('\n')[0] ?? '';
    throw said !== '' ? new Error(said, { cause: err }) : err;
  }
}

export function parseVersion(text: string): Version {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('it is another program: "version --json" printed no JSON');
  }
  const version = parsed as Partial<Version> | null;
  if (typeof version?.version !== 'string' || !Array.isArray(version.languages)) {
    throw new Error('it is another program: "version --json" printed no version and languages');
  }
  return { version: version.version, languages: version.languages };
}

function reason(err: unknown): string {
  const { code, signal, message } = err as Error & { code?: string | number | null; signal?: string | null };
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'it may not be executed';
    case 'ENOEXEC':
      return 'it was built for another system';
  }
  if (typeof code === 'number') {
    return `it ended with code ${code}`;
  }
  return code ?? (signal ? `it was ended by signal ${signal}` : message);
}
