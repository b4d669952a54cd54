// notices.mjs PROGRAM OUT [METAFILE] writes a file of the licences of what others have written: of the program, which
// lists its modules itself, and of the extension, whose packages are in esbuild's metafile.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const go = (...args) => execFileSync('go', args, { cwd: dirname(root), encoding: 'utf8' }).trim();
const lines = text => text.split('\n').map(line => line.trim().split('\t'));

const [program, out, metafile] = process.argv.slice(2);
const inputs = metafile ? Object.keys(JSON.parse(readFileSync(metafile, 'utf8')).inputs) : [];
const packages = new Set(inputs.flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
const modules = lines(go('version', '-m', program)).filter(([kind]) => kind === 'dep').map(([, path]) => path);

const parts = [
  ...[...packages].map(dir => {
    const { name, version } = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
    return [`${name} ${version}`, join(root, dir)];
  }),
  ['Go', go('env', 'GOROOT')],
  ...lines(go('list', '-m', '-f', '{{.Path}} {{.Version}}\t{{.Dir}}', ...modules)),
].sort(([a], [b]) => a < b ? -1 : 1);

const texts = parts.map(([name, dir]) => {
  // Some have parts of others in them. Go has none that a program of ours gets.
  const files = readdirSync(dir, { recursive: name !== 'Go' }).filter(file =>
    /^(licen[sc]e|copying|notice)(\.(md|txt))?$/i.test(basename(file)) && !/(^|[/\\])(testdata|node_modules)[/\\]/.test(file));
  if (files.length === 0 && name === 'Go') { // as some distributions have it
    return 'Go\n\nThe licence of golang.org/x/sys below is that of Go, too.\n';
  }
  if (files.length === 0) {
    throw new Error(`${name} has no licence in ${dir}`);
  }
  return `${name}\n\n${files.map(file => readFileSync(join(dir, file), 'utf8').trim()).join('\n\n')}\n`;
});
const line = `\n${'-'.repeat(80)}\n\n`;
writeFileSync(out, ['symcache contains the following.\n', ...texts].join(line));
