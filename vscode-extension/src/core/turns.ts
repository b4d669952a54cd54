/** Turns runs steps one after another. */
export class Turns {
  private last: Promise<void> = Promise.resolve();
  private overtaken = new AbortController();

  /** A step that fails is told of, and the others go on. */
  constructor(private readonly failed: (err: unknown) => void) {}

  /** next runs a step after those before. Its signal aborts when a later one makes it void. */
  next(step: (overtaken: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.overtaken;
    this.last = this.last.then(() => step(signal)).catch(this.failed);
    return this.last;
  }

  /** instead is next for a step that makes those before void: one of them may wait for what never comes. */
  instead(step: (overtaken: AbortSignal) => Promise<void>): Promise<void> {
    this.overtaken.abort();
    this.overtaken = new AbortController();
    return this.next(step);
  }
}

/** aborted resolves when a signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}
