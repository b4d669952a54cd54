// build.mjs bundles the extension into dist/, and with --tests the tests into out/.
import { build } from 'esbuild';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  // The ES modules of these packages are what can be shaken.
  mainFields: ['module', 'main'],
};

if (!process.argv.includes('--tests')) {
  const { metafile } = await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    minify: true,
    legalComments: 'none', // the notices are in a file: notices.mjs
    metafile: true,
  });
  writeFileSync('dist/meta.json', JSON.stringify(metafile));
} else {
  rmSync('out', { recursive: true, force: true });
  const files = dir => readdirSync(dir).filter(f => f.endsWith('.ts')).map(f => join(dir, f));
  const tests = [...files('test/unit'), ...files('test/e2e'), ...files('test/measure')]
    .filter(f => /\.(test|e2e)\.ts$|measure\.ts$/.test(f));
  await build({
    ...common,
    entryPoints: tests,
    outbase: 'test',
    outdir: 'out',
    outExtension: { '.js': '.cjs' },
    external: ['vscode', 'playwright-core'],
    sourcemap: 'inline',
  });
}
