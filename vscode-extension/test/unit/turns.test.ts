import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aborted, Turns } from '../../src/core/turns';

test('steps run one after another, and one that fails does not keep back the others', async () => {
  const done: string[] = [];
  const turns = new Turns(err => { done.push(String(err)); });
  let go = (): void => undefined;
  void turns.next(async () => {
    await new Promise<void>(resolve => { go = resolve; });
    done.push('first');
  });
  void turns.next(() => Promise.reject(new Error('why')));
  const last = turns.next(overtaken => {
    done.push('third', `${overtaken.aborted}`);
    return Promise.resolve();
  });
  await Promise.resolve(); // the first has begun, and waits
  assert.deepEqual(done, []);
  go();
  await last;
  assert.deepEqual(done, ['first', 'Error: why', 'third', 'false']);
});

test('a step that waits for what never comes is overtaken, and so are those that wait behind it', async () => {
  const done: string[] = [];
  const turns = new Turns(err => { done.push(String(err)); });
  const starts = (name: string) => async (overtaken: AbortSignal) => {
    await Promise.race([new Promise(() => undefined), aborted(overtaken)]);
    done.push(name);
  };
  void turns.next(starts('start'));
  await Promise.resolve(); // it has begun
  void turns.next(starts('start again'));
  await turns.instead(overtaken => {
    done.push('stop', `${overtaken.aborted}`);
    return Promise.resolve();
  });
  assert.deepEqual(done, ['start', 'start again', 'stop', 'false']);
});
