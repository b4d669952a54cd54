import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delays, Yielding } from '../../src/core/yielding';

test('auto: what others serve is left to them, per language and feature', () => {
  const y = new Yielding('auto');
  assert.ok(!y.yields('go', 'documentSymbol'));
  assert.ok(y.wants('go', 'documentSymbol'));
  assert.ok(y.served('go', 'documentSymbol', true));
  assert.ok(!y.served('go', 'documentSymbol', true), 'no news');
  assert.ok(y.yields('go', 'documentSymbol'));
  assert.ok(y.yields('go', 'foldingRange'), 'follows the outline');
  assert.ok(!y.wants('go', 'documentSymbol'));
  assert.ok(!y.yields('go', 'hover'));
  assert.ok(!y.yields('c', 'documentSymbol'));
  assert.deepEqual([...y.all()], [['go', ['documentSymbol', 'documentHighlight', 'foldingRange', 'selectionRange']]]);
  assert.ok(y.served('go', 'documentSymbol', false));
  assert.ok(!y.yields('go', 'documentSymbol'));
  assert.ok(!y.yields('go', 'foldingRange'));
  assert.deepEqual([...y.all()], []);
});

test('with the outline goes all that its extension served, until it is found again', () => {
  const y = new Yielding('auto');
  for (const feature of ['documentSymbol', 'workspaceSymbol', 'definition', 'hover'] as const) {
    y.served('python', feature, true);
  }
  y.served('go', 'hover', true);
  assert.ok(y.served('python', 'documentSymbol', false));
  for (const feature of ['workspaceSymbol', 'definition', 'declaration', 'hover'] as const) {
    assert.ok(!y.yields('python', feature), feature);
    assert.ok(y.wants('python', feature), feature);
  }
  assert.ok(y.yields('go', 'hover'), 'another language');
  assert.ok(!y.served('python', 'documentSymbol', false), 'no news');
});

test('always and never do not look', () => {
  const always = new Yielding('always');
  assert.ok(always.yields('go', 'hover'));
  assert.ok(!always.wants('go', 'hover'));
  const never = new Yielding('never');
  never.served('go', 'documentSymbol', true);
  assert.ok(!never.yields('go', 'documentSymbol'));
  assert.ok(!never.wants('go', 'documentSymbol'));
});

test('extensions come and go', () => {
  const y = new Yielding('auto');
  y.served('go', 'documentSymbol', true);
  assert.deepEqual(y.forget(), ['go']);
  assert.ok(!y.yields('go', 'documentSymbol'));
});

test('attempts get rarer, and end', () => {
  assert.deepEqual(delays.toSorted((a, b) => a - b), delays);
  assert.ok(delays.reduce((sum, d) => sum + d, 0) > 3 * 60_000, 'a big workspace takes minutes');
});
