import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Newest } from '../../src/core/newest';

/** shows is a Newest, whose things load when they are told to, and what it has begun and ended to show. */
function shows() {
  const newest = new Newest();
  const log: string[] = [];
  const loaded = new Map<string, (of: Promise<string>) => void>();
  const ended = new Map<string, () => void>();
  return {
    newest, log,
    show: (name: string) => newest.show(
      () => new Promise<string>(resolve => { loaded.set(name, resolve); }),
      thing => new Promise(resolve => {
        log.push(thing);
        ended.set(name, () => { log.push(`${name} is there`); resolve(); });
      })),
    load: (name: string, err?: Error) => {
      loaded.get(name)?.(err === undefined ? Promise.resolve(name) : Promise.reject(err));
      return settled();
    },
    end: (name: string) => { ended.get(name)?.(); return settled(); },
  };
}

/** settled is when all has happened that waits for nothing. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

test('what is slow to load does not come after what was asked for later', async () => {
  const { log, show, load, end } = shows();
  const slow = show('slow');
  const fast = show('fast');
  await load('fast');
  await load('slow');
  await end('fast');
  await Promise.all([slow, fast]);
  assert.deepEqual(log, ['fast', 'fast is there']);
});

test('one is shown after the other, and what is in between is left out', async () => {
  const { log, show, load, end } = shows();
  const all = ['a', 'b', 'c'].map(name => show(name));
  await load('a');
  assert.deepEqual(log, [], 'c was asked for later');
  await load('c');
  const last = show('d');
  await load('d');
  assert.deepEqual(log, ['c'], 'd waits');
  await end('c');
  await end('d');
  await load('b');
  await Promise.all([...all, last]);
  assert.deepEqual(log, ['c', 'c is there', 'd', 'd is there']);
});

test('the end waits for what is being shown, and nothing comes after it', async () => {
  const { newest, log, show, load, end } = shows();
  void show('a');
  await load('a');
  void show('b');
  const ended = newest.end().then(() => { log.push('end'); });
  await load('b');
  await end('a');
  await ended;
  await settled();
  assert.deepEqual(log, ['a', 'a is there', 'end']);
});

test('who does not load fails, unless nobody waits for it any more', async () => {
  const { log, show, load, end } = shows();
  const missing = assert.rejects(show('missing'), /no such file/);
  await load('missing', new Error('no such file'));
  await missing;
  const passed = show('passed');
  const there = show('there');
  await load('passed', new Error('no such file'));
  await load('there');
  await end('there');
  await Promise.all([passed, there]);
  assert.deepEqual(log, ['there', 'there is there']);
});
