/** maxRestarts of a server that crashes, within window. A fifth crash has a reason that a sixth start will meet. */
export const maxRestarts = 4;

/** window, in ms: crashes further apart than that are not of one cause. What languageclient does too. */
export const window = 3 * 60 * 1000;

/** Restarts bounds how often a server that crashes is started again. */
export class Restarts {
  private crashes: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** crashed notes a crash and tells whether to start again. */
  crashed(): boolean {
    const now = this.now();
    this.crashes = this.crashes.filter(t => now - t < window);
    this.crashes.push(now);
    return this.crashes.length <= maxRestarts;
  }

  /** forget begins anew: a person has asked for a start. */
  forget(): void {
    this.crashes = [];
  }

  get count(): number {
    return this.crashes.length;
  }
}
