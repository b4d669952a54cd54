import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delays, judgeOutline, Yielding } from '../../src/core/yielding';

test('auto: what others serve is left to them, per language and feature', () => {
  const y = new Yielding('auto');
  assert.ok(!y.yields('go', 'outline'));
  assert.ok(y.wants('go', 'outline'));
  assert.ok(y.served('go', 'outline', true));
  assert.ok(!y.served('go', 'outline', true), 'no news');
  assert.ok(y.yields('go', 'outline'));
  assert.ok(y.yields('go', 'folding'), 'follows the outline');
  assert.ok(!y.wants('go', 'outline'));
  assert.ok(!y.yields('go', 'hover'));
  assert.ok(!y.yields('c', 'outline'));
  assert.deepEqual([...y.all()], [['go', ['outline', 'highlight', 'folding', 'selection']]]);
  assert.ok(y.served('go', 'outline', false));
  assert.ok(!y.yields('go', 'outline'));
  assert.ok(!y.yields('go', 'folding'));
  assert.deepEqual([...y.all()], []);
});

test('always and never do not look', () => {
  const always = new Yielding('always');
  assert.ok(always.yields('go', 'hover'));
  assert.ok(!always.wants('go', 'hover'));
  const never = new Yielding('never');
  never.served('go', 'outline', true);
  assert.ok(!never.yields('go', 'outline'));
  assert.ok(!never.wants('go', 'outline'));
});

test('extensions come and go', () => {
  const y = new Yielding('auto');
  y.served('go', 'outline', true);
  assert.deepEqual(y.forget(), ['go']);
  assert.ok(!y.yields('go', 'outline'));
});

test('the outlines of all against ours', () => {
  assert.equal(judgeOutline(3, 3), 'alone');
  assert.equal(judgeOutline(3, 6), 'others');
  assert.equal(judgeOutline(0, 2), 'others');
  assert.equal(judgeOutline(0, 0), 'unknown');
  assert.equal(judgeOutline(3, 0), 'alone', 'the document has changed meanwhile');
});

test('attempts get rarer, and end', () => {
  assert.deepEqual(delays.toSorted((a, b) => a - b), delays);
  assert.ok(delays.reduce((sum, d) => sum + d, 0) > 3 * 60_000, 'a big workspace takes minutes');
});
