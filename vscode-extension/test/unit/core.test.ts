import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, counted, duration } from '../../src/core/format';
import { kindOf, kinds, parseQuery } from '../../src/core/kinds';
import { familyOf, FileLanguages, identifiersOf, selectorOf } from '../../src/core/languages';
import { maxRestarts, Restarts, window } from '../../src/core/restarts';

test('numbers', () => {
  assert.equal(count(4951), '4,951');
  assert.equal(counted(1, 'file'), '1 file');
  assert.equal(counted(2, 'summary', 'summaries'), '2 summaries');
  for (const [n, text] of [
    [0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [6_920_000, '6.6 MiB'], [150 << 20, '150 MiB'],
  ] as const) {
    assert.equal(bytes(n), text);
  }
  for (const [ms, text] of [[0, '0 ms'], [999, '999 ms'], [2449, '2.4 s'], [180_000, '3 min']] as const) {
    assert.equal(duration(ms), text);
  }
});

test('there are 26 kinds of symbols', () => {
  assert.equal(kinds.length, 26);
  assert.equal(kindOf(12).name, 'function');
  assert.equal(kindOf(26).icon, 'symbol-type-parameter');
  assert.equal(kindOf(99).name, 'variable');
});

test('queries', () => {
  const parse = (typed: string) => {
    const { query, kinds } = parseQuery(typed);
    return [query, kinds?.map(n => kindOf(n).name)];
  };
  assert.deepEqual(parse(''), ['', undefined]);
  assert.deepEqual(parse(' parse '), ['parse', undefined]);
  assert.deepEqual(parse(':func parse'), ['parse', ['function']]);
  assert.deepEqual(parse(':class,inter  Foo'), ['Foo', ['class', 'interface']]);
  assert.deepEqual(parse(':c'), ['', ['class', 'constructor', 'constant']]);
  assert.deepEqual(parse(':enummember x'), ['x', ['enum member']]);
  assert.deepEqual(parse(':, x'), [':, x', undefined], 'a comma alone');
  assert.deepEqual(parse(':zzz x'), [':zzz x', undefined], 'no kind');
  assert.deepEqual(parse('std::vector'), ['std::vector', undefined]);
  assert.deepEqual(parse('::vector'), ['::vector', undefined]);
});

test('a query is what the server is asked', () => {
  assert.equal(JSON.stringify(parseQuery(':class,inter Foo')), '{"query":"Foo","kinds":[5,11]}');
  assert.equal(JSON.stringify(parseQuery('Foo')), '{"query":"Foo"}');
});

test('languages as VS Code calls them', () => {
  assert.deepEqual(identifiersOf([
    { language: 'go' }, { language: 'javascript' }, { language: 'tsx' }, { language: 'typescript', error: 'no grammar' },
  ]), ['go', 'javascript', 'javascriptreact', 'typescriptreact']);
  assert.deepEqual(selectorOf(['go']), [{ language: 'go' }]);
  assert.deepEqual(selectorOf(['c', 'go']), [{ language: 'c' }, { language: 'go' }, { language: 'cpp', pattern: '**/*.h' }]);
  assert.deepEqual(familyOf('go'), ['go']);
  assert.ok(familyOf('typescript').includes('javascriptreact'));
});

test('the language of a file by its name', () => {
  const files = new FileLanguages([
    { id: 'typescript', extensions: ['.ts', '.mts'] }, { id: 'types', extensions: ['.d.ts'] },
    { id: 'makefile', filenames: ['Makefile'] }, { id: 'none' },
  ]);
  assert.equal(files.of('/a.b/c.TS'), 'typescript');
  assert.equal(files.of('/a/c.d.ts'), 'types');
  assert.equal(files.of('/a/x.y.mts'), 'typescript');
  assert.equal(files.of('/a/Makefile'), 'makefile');
  assert.equal(files.of('/a.ts/README'), undefined);
});

test('four restarts, then no more, until the crashes are long ago or somebody starts it', () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let i = 0; i < maxRestarts; i++) {
    assert.ok(restarts.crashed(), `crash ${i + 1}`);
    now += 1000;
  }
  assert.ok(!restarts.crashed());
  restarts.forget();
  assert.ok(restarts.crashed());
  for (let i = 0; i < 20; i++) {
    now += window;
    assert.ok(restarts.crashed(), 'seldom');
  }
});
