/** What `make vsix` has made for this machine. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseVersion } from '../../src/core/binary';
import { vsix } from './vscode';

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
        'LICENSE.txt', 'ThirdPartyNotices.txt', 'changelog.md', 'dist/extension.js', 'media/icon.png', 'media/instant.png', 'media/outline.png',
        'media/status.png', 'package.json', 'readme.md', 'server/symcache',
      ].map(file => `extension/${file}`),
    ]);
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
