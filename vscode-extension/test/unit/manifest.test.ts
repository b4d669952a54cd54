import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentUrl, linksInto } from '../../scripts/links.mjs';

interface Manifest {
  repository: { url: string; directory: string };
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category: string }[];
    configuration: {
      properties: Record<string, { scope?: string; default: unknown; properties?: Record<string, { description?: string }> }>;
    };
    walkthroughs: { steps: { description: string; media: { image: Record<string, string> } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const source = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.ts'))
  .map(f => readFileSync(join('src', f), 'utf8')).join('\n');

test('every command of the manifest is registered, and the reverse', () => {
  const declared = manifest.contributes.commands.map(c => c.command).sort();
  const registered = [...source.matchAll(/^ {4}'(symcache\.[\w.]+)': (?:\(\)|\w+) =>/gm)].map(m => m[1] ?? '').sort();
  assert.deepEqual(registered, declared);
});

test('every setting is read, and a workspace that is not trusted does not choose the program', () => {
  const { properties } = JSON.parse(readFileSync('../lsp/settings.schema.json', 'utf8')) as { properties: object };
  for (const name of Object.keys(manifest.contributes.configuration.properties)) {
    const short = name.slice('symcache.'.length);
    assert.ok(short in properties || source.includes(`'${short}'`), name);
  }
  assert.equal(manifest.contributes.configuration.properties['symcache.path']?.scope, 'machine-overridable');
  assert.equal(manifest.contributes.configuration.properties['symcache.followLinks']?.scope, 'machine', 'a workspace grants nothing outside of it');
  assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes('symcache.path'));
});

test('settings that the server reads at its start restart it', () => {
  const { properties } = JSON.parse(readFileSync('../lsp/settings.schema.json', 'utf8')) as {
    properties: Record<string, { description: string }>;
  };
  const once = Object.keys(properties).filter(name => properties[name]?.description.includes('at the start only'));
  assert.deepEqual(once, ['macros']);
  for (const name of once) {
    assert.ok(source.includes(`'symcache.${name}'`), name);
  }
});

test('what can be switched off has a checkbox with a name that people read', () => {
  for (const name of ['symcache.languages', 'symcache.features']) {
    const { default: all, properties = {} } = manifest.contributes.configuration.properties[name] ?? {};
    assert.deepEqual(all, Object.fromEntries(Object.keys(properties).map(key => [key, true])), name);
    for (const [key, { description }] of Object.entries(properties)) {
      assert.match(description ?? '', /^[A-Z]/, `${name}.${key}: see scripts/configuration.mjs`);
    }
  }
});

test('the walkthrough has its pictures and commands', () => {
  const steps = manifest.contributes.walkthroughs.flatMap(w => w.steps);
  assert.equal(steps.length, 3);
  for (const { media, description } of steps) {
    assert.deepEqual(Object.keys(media.image), ['dark', 'light', 'hc', 'hcLight']);
    for (const picture of Object.values(media.image)) {
      assert.ok(existsSync(picture), picture);
    }
    for (const [, command] of description.matchAll(/command:(symcache\.\w+)/g)) {
      assert.ok(manifest.contributes.commands.some(c => c.command === command), command);
    }
  }
});

test('what the page of the extension links to is here, where the packaged page looks for it', () => {
  const raw = contentUrl(manifest.repository, 'raw');
  assert.equal(raw, 'https://github.com/symcache/symcache/raw/HEAD/vscode-extension');
  assert.deepEqual(linksInto(manifest.repository, `![x](${raw}/media/x.png) [y](https://example.com/raw/HEAD/y)`),
    ['vscode-extension/media/x.png']);
  let links = 0;
  for (const page of ['README.md', 'CHANGELOG.md']) {
    for (const [, link = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(link), `${page}: ${link}`);
      links++;
    }
  }
  assert.ok(links >= 3);
});

test('the extension has the version of the program', () => {
  const source = readFileSync('../cmd/symcache/version.go', 'utf8');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.equal(/programVersion = "(.*)"/.exec(source)?.[1], version);
});

test('every target is built by CI', () => {
  const targets = Object.keys(JSON.parse(readFileSync('scripts/targets.json', 'utf8')) as object);
  const workflow = readFileSync('../.github/workflows/release.yml', 'utf8');
  const built = [...workflow.matchAll(/target: ([\w-]+)/g)].map(m => m[1]);
  assert.deepEqual([...built, 'linux-x64'].sort(), targets.sort(), 'alpine-x64 brings linux-x64 along');
});
