import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Results, type Row } from '../../src/core/results';

function rows(...names: string[]): Row[] {
  return names.map(name => ({ label: name, description: `${name}.go:1` }));
}

test('what is first is active, and nobody has moved there', () => {
  const results = new Results<Row>();
  const [a, b] = rows('a', 'b');
  assert.ok(a && b);
  assert.ok(results.answer('x', [a, b]));
  assert.equal(results.active, a);
  assert.ok(!results.moved(a));
  assert.ok(results.moved(b));
  assert.ok(results.moved(a), 'back from elsewhere');
  assert.ok(!results.moved(undefined));
  assert.ok(results.answer('xy', rows('c')));
  assert.equal(results.active.label, 'c', 'at once: VS Code tells of it later');
  assert.equal(results.text, 'xy');
});

test('who has moved stays there when there is more', () => {
  const results = new Results<Row>();
  results.answer('x', rows('a', 'b', 'c'));
  results.moved(results.rows[1]);
  assert.ok(results.answer('x', rows('0', 'a', 'b', 'c')));
  assert.equal(results.active?.label, 'b');
  assert.equal(results.active, results.rows[2]);
  assert.ok(results.away);
  results.moved(results.rows[0]); // VS Code has the first one active before ours
  assert.ok(results.moved(results.rows[2]));
});

test('who has not moved gets what is first now', () => {
  const results = new Results<Row>();
  results.answer('x', rows('a', 'b'));
  results.answer('x', rows('0', 'a', 'b'));
  assert.equal(results.active?.label, '0');
  assert.ok(!results.away);
});

test('so does who was where there is nothing any more, or types', () => {
  const results = new Results<Row>();
  results.answer('x', rows('a', 'b'));
  results.moved(results.rows[1]);
  results.answer('x', rows('a', 'c'));
  assert.equal(results.active?.label, 'a');
  assert.ok(!results.away);
  results.moved(results.rows[1]);
  results.answer('xy', rows('b', 'c'));
  assert.equal(results.active.label, 'b');
  assert.ok(!results.away);
});

test('rows that read the same are left as they are', () => {
  const results = new Results<Row>();
  const first = rows('a', 'b');
  results.answer('x', first);
  results.moved(first[1]);
  assert.ok(!results.answer('xy', rows('a', 'b')));
  assert.equal(results.rows, first);
  assert.equal(results.active, first[1]);
  assert.equal(results.text, 'xy');
  assert.ok(results.answer('xy', [{ label: 'a', description: 'a.go:2' }, ...rows('b')]), 'another line');
});
