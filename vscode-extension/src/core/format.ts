/** Numbers as people read them. */

const thousands = new Intl.NumberFormat('en-US');

/** count writes 4951 as "4,951". */
export function count(n: number): string {
  return thousands.format(n);
}

/** counted writes a number with its noun: "1 file", "4,951 files". */
export function counted(n: number, singular: string, plural = `${singular}s`): string {
  return `${count(n)} ${n === 1 ? singular : plural}`;
}

/** bytes writes a size in binary units, with one digit after the point below 100: "6.6 MiB". */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** duration writes milliseconds: "120 ms", "2.4 s", "3 min". */
export function duration(ms: number): string {
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** shortened writes a path below the home directory with a tilde. */
export function shortened(path: string, home: string): string {
  const rest = home !== '' && path.startsWith(home) ? path.slice(home.length) : undefined;
  return rest === '' || rest?.startsWith('/') === true || rest?.startsWith('\\') === true ? `~${rest}` : path;
}
