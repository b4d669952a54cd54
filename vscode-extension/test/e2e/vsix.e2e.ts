/** What `make vsix` has made for this machine. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseVersion } from '../../src/core/binary';
import { contentUrl, linksInto } from '../../scripts/links.mjs';
import { repository, vsix } from './vscode';

/** maxSize, in bytes, with some room: nine tenths are the grammars in the server's program. */
const maxSize = 8 << 20;

describe('the VSIX', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'symcache-vsix-'));
    execFileSync('unzip', ['-q', vsix(), '-d', dir]);
  });
  after(() => { rmSync(dir, { recursive: true }); });

  test('has what it needs, and nothing else', () => {
    const listed = execFileSync('unzip', ['-Z1', vsix()], { encoding: 'utf8' }).trim().split('\n').sort();
    assert.deepEqual(listed, [
      '[Content_Types].xml', 'extension.vsixmanifest',
      ...[
        'LICENSE.txt', 'ThirdPartyNotices.txt', 'changelog.md', 'dist/extension.js', 'media/icon.png',
        ...['instant', 'outline', 'status'].flatMap(name => ['dark', 'hc', 'hcLight', 'light'].map(theme => `media/${name}-${theme}.png`)),
        'package.json', 'readme.md', 'server/symcache',
      ].map(file => `extension/${file}`),
    ]);
  });

  test('has a page whose pictures and links lead to files of the repository', () => {
    const manifest = JSON.parse(readFileSync(join(dir, 'extension', 'package.json'), 'utf8')) as
      { repository: { url: string; directory: string } };
    for (const page of ['readme.md', 'changelog.md']) {
      const links = linksInto(manifest.repository, readFileSync(join(dir, 'extension', page), 'utf8'));
      assert.deepEqual(links.filter(link => !existsSync(join(repository, link))), [], page);
    }
    const pictures = [...readFileSync(join(dir, 'extension', 'readme.md'), 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)];
    assert.equal(pictures.length, 3);
    for (const [, address = ''] of pictures) {
      assert.ok(address.startsWith(`${contentUrl(manifest.repository, 'raw')}/media/`), address);
    }
  });

  test('is for this system, and small', () => {
    const manifest = readFileSync(join(dir, 'extension.vsixmanifest'), 'utf8');
    assert.match(manifest, new RegExp(`TargetPlatform="${process.platform}-${process.arch}"`));
    const { size } = statSync(vsix());
    assert.ok(size < maxSize, `${size} bytes`);
  });

  test('has a program that runs', () => {
    const program = join(dir, 'extension', 'server', 'symcache');
    const { languages } = parseVersion(execFileSync(program, ['version', '--json'], { encoding: 'utf8' }));
    assert.deepEqual(languages.filter(language => language.error !== undefined), []);
    assert.ok(languages.length > 0);
  });
});
