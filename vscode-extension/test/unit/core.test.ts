import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesOf } from '../../src/core/features';
import { bytes, count, counted, duration, shortened } from '../../src/core/format';
import { byCount, kindOf, kinds, parseTyped, qualifierOf, type Counted } from '../../src/core/kinds';
import { familyOf, FileLanguages, identifiersOf, nameOf, selectorOf, serverLanguage, titleOf } from '../../src/core/languages';
import { maxRestarts, Restarts, window } from '../../src/core/restarts';

test('numbers', () => {
  assert.equal(count(4951), '4,951');
  assert.equal(counted(1, 'file'), '1 file');
  assert.equal(counted(2, 'directory', 'directories'), '2 directories');
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

test('paths below the home directory', () => {
  assert.equal(shortened('/home/a/src', '/home/a'), '~/src');
  assert.equal(shortened('/home/a', '/home/a'), '~');
  assert.equal(shortened('/home/ab', '/home/a'), '/home/ab');
  assert.equal(shortened('/etc', ''), '/etc');
});

test('features as people call them', () => {
  assert.equal(namesOf(['hover', 'documentSymbol', 'foldingRange']), 'outline, hovers', 'folding follows the outline');
  assert.equal(namesOf(['foldingRange']), 'folding');
  assert.equal(namesOf([]), '');
});

test('what is typed: a query, perhaps of some kinds', () => {
  const read = (typed: string) => {
    const read = parseTyped(typed);
    return read.is === 'query' ? [read.query.query, read.query.kinds?.map(n => kindOf(n).name)] : read.is;
  };
  assert.deepEqual(read(''), ['', undefined]);
  assert.deepEqual(read(' parse '), ['parse', undefined]);
  assert.deepEqual(read(':func parse'), ['parse', ['function']]);
  assert.deepEqual(read(':fn parse'), ['parse', ['function']]);
  assert.deepEqual(read(':def parse'), ['parse', ['method', 'function']], "Python's word is of both");
  assert.deepEqual(read(':type T'), ['T', ['class', 'enum', 'interface', 'struct', 'type parameter']]);
  assert.deepEqual(read(':typeparameter T'), ['T', ['type parameter']]);
  assert.deepEqual(read(':class,inter  Foo'), ['Foo', ['class', 'interface']]);
  assert.deepEqual(read(':c '), ['', ['class', 'constructor', 'constant']]);
  assert.deepEqual(read(':enummember x'), ['x', ['enum member']]);
  assert.deepEqual(read(':, x'), [':, x', undefined], 'a comma alone');
  assert.deepEqual(read('std::vector'), ['std::vector', undefined]);
  assert.deepEqual(read('::vector'), ['::vector', undefined]);
});

test('what is typed: a kind that is not whole yet', () => {
  const read = (typed: string) => {
    const read = parseTyped(typed);
    return read.is === 'choice' ? [read.before, read.kinds.map(kind => kind.name)] : read;
  };
  assert.deepEqual(read(':'), ['', kinds.map(kind => kind.name)]);
  assert.deepEqual(read(': pod'), ['', kinds.map(kind => kind.name)]);
  assert.deepEqual(read(':con'), ['', ['constructor', 'constant']]);
  assert.deepEqual(read(':Fn'), ['', ['function']]);
  assert.deepEqual(read(':class,inter'), ['class,', ['interface']]);
  assert.deepEqual(read(':nosuch'), { is: 'unknown', word: 'nosuch' });
  assert.deepEqual(read(':nosuch pod'), { is: 'unknown', word: 'nosuch' });
  assert.deepEqual(read(':class,nosuch pod'), { is: 'unknown', word: 'nosuch' });
});

test('a query is what the server is asked', () => {
  const asked = (typed: string) => {
    const read = parseTyped(typed);
    return read.is === 'query' ? JSON.stringify(read.query) : '';
  };
  assert.equal(asked(':class,inter Foo'), '{"query":"Foo","kinds":[5,11]}');
  assert.equal(asked('Foo'), '{"query":"Foo"}');
});

test('the kinds that occur, the most frequent first', () => {
  const counted = (name: string, count: number): Counted =>
    ({ kind: kinds.find(kind => kind.name === name) ?? kindOf(0), count });
  assert.deepEqual(byCount([counted('file', 0), counted('class', 2), counted('function', 9), counted('enum', 2)])
    .map(({ kind }) => kind.name), ['function', 'class', 'enum']);
});

test('a name with its container', () => {
  for (const [query, separator] of [
    ['Kubelet.syncPod', '.'], ['std::vec', '::'], ['a.b.c', '.'], ['Kubelet.', '.'], ['pod', undefined], ['.x', undefined], ['', undefined],
  ] as const) {
    assert.equal(qualifierOf(query)?.separator, separator, query);
  }
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

test('languages as people call them', () => {
  assert.equal(serverLanguage('typescriptreact'), 'tsx');
  assert.equal(serverLanguage('javascriptreact'), 'javascript');
  assert.equal(serverLanguage('cpp'), 'c', 'of headers');
  assert.equal(serverLanguage('go'), 'go');
  assert.equal(titleOf('typescript'), 'TypeScript');
  assert.equal(titleOf('cobol'), 'cobol');
  const contributed = [{ id: 'cpp' }, { id: 'cpp', aliases: ['C++', 'Cpp'] }];
  assert.equal(nameOf('cpp', contributed), 'C++');
  assert.equal(nameOf('zig', contributed), 'zig');
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
