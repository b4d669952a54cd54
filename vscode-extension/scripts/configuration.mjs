// configuration.mjs [--check] puts the server's settings, from the schema that is generated from its source, into
// package.json; with --check it only tells whether they are there.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, 'package.json');
const schema = JSON.parse(readFileSync(join(root, '..', 'lsp', 'settings.schema.json'), 'utf8'));

// The order of the extension's own settings is below and above these.
const firstOrder = 20;

const text = readFileSync(file, 'utf8');
const manifest = JSON.parse(text);
const { configuration } = manifest.contributes;
const ours = Object.entries(configuration.properties).filter(([, property]) => property.order < firstOrder || property.order >= 90);
const server = Object.entries(schema.properties).map(([name, property], i) => {
  const { description, type, ...rest } = property;
  return [`symcache.${name}`, {
    order: firstOrder + i,
    type,
    ...type === 'object' && { default: {} },
    ...rest,
    ...name === 'features' && { scope: 'language-overridable' }, // read by src/settings.ts
    description: description.replace('Read at the start only.', 'A change restarts the server.'),
  }];
});
configuration.properties = Object.fromEntries([...ours, ...server].sort(([, a], [, b]) => a.order - b.order));

const generated = `${JSON.stringify(manifest, null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(file, generated);
} else if (generated !== text) {
  console.error('package.json is not what lsp/settings.schema.json says: run "npm run configuration"');
  process.exit(1);
}
