/** Running the server's program for what needs no server: `symcache COMMAND --json`. */
import { spawn } from 'node:child_process';

/** maxOutput, in bytes, of what is kept of a command's output: the findings of `verify` on a badly damaged cache. */
const maxOutput = 16 << 20;

/** warmArgs are for `symcache warm`: folders, and what the server's settings say of files. */
export function warmArgs(folders: readonly string[], { exclude, followLinks, include, macros, maxFileSize }: Record<string, unknown>): string[] {
  return [
    'warm',
    ...repeated('exclude', exclude),
    ...repeated('include', include),
    ...repeated('macro', macros),
    ...followLinks === true ? ['--follow-links'] : [],
    ...typeof maxFileSize === 'number' || typeof maxFileSize === 'string' ? [`--max-file-size=${maxFileSize}`] : [],
    ...folders,
  ];
}

function repeated(flag: string, values: unknown): string[] {
  return Array.isArray(values) ? values.filter(v => typeof v === 'string').map(v => `--${flag}=${v}`) : [];
}

/**
 * runJSON returns what a command printed. Some commands have an answer and fail: `verify` does where it finds
 * damage. One that has none is rejected with what it said on standard error. When signal aborts, the command is ended
 * and the promise rejected.
 */
export function runJSON<T>(program: string, args: readonly string[], signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const stop = () => child.kill('SIGINT'); // it keeps what it has stored until then
    if (signal?.aborted === true) {
      stop();
    }
    signal?.addEventListener('abort', stop, { once: true });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < maxOutput) {
        stdout += text;
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4096);
    });
    child.on('error', reject);
    child.on('close', code => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted === true) {
        reject(new Error('cancelled'));
        return;
      }
      try {
        resolve(JSON.parse(stdout) as T);
      } catch {
        const said = stderr.trim().split('\n').at(-1) ?? '';
        reject(new Error(said !== '' ? said : `symcache ${args[0] ?? ''} ended with code ${code}`));
      }
    });
  });
}
