// configuration.mjs [--check] puts the server's settings, from the schema that is generated from its source, into
// package.json; with --check it only reports whether they are there.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, 'package.json');
const schema = JSON.parse(readFileSync(join(root, '..', 'lsp', 'settings.schema.json'), 'utf8'));

// The order of the extension's own settings is below and above these.
const firstOrder = 20;

// What the checkboxes of a setting say. One without a text here is named by its key.
const checkboxes = {
  c: 'C', go: 'Go', javascript: 'JavaScript, with JSX', python: 'Python', tsx: 'TSX', typescript: 'TypeScript',
  documentSymbol: 'Outline', workspaceSymbol: 'Search of the workspace', definition: 'Definitions', declaration: 'Declarations',
  hover: 'Hovers', documentHighlight: 'Highlights of the same name', foldingRange: 'Folding', selectionRange: 'Expanding the selection',
};

// VS Code shows a checkbox for each member that an object has by default.
const switches = properties => ({
  default: Object.fromEntries(Object.keys(properties).map(key => [key, true])),
  properties: Object.fromEntries(Object.entries(properties).map(([key, property]) =>
    [key, { ...property, ...checkboxes[key] && { description: checkboxes[key] } }])),
});

const text = readFileSync(file, 'utf8');
const manifest = JSON.parse(text);
const { configuration } = manifest.contributes;
const ours = Object.entries(configuration.properties).filter(([, property]) => property.order < firstOrder || property.order >= 90);
const server = Object.entries(schema.properties).map(([name, property], i) => {
  const { description, type, properties, ...rest } = property;
  return [`symcache.${name}`, {
    order: firstOrder + i,
    type,
    ...properties && switches(properties),
    ...rest,
    ...rest.pattern && { patternErrorMessage: 'A size such as 500 KiB or 2 MiB' },
    ...name === 'followLinks' && { scope: 'machine' }, // a workspace's own files grant nothing outside of it
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
