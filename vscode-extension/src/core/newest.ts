/**
 * Newest shows one thing at a time, and of what takes its time to load only what was asked for last: the slow one
 * does not come after the fast one that was asked for later.
 */
export class Newest {
  private turn = 0;
  private last: Promise<void> = Promise.resolve();

  /** show resolves when a thing is shown, or is not going to be, and then it has failed for nobody. */
  async show<T>(load: () => PromiseLike<T>, show: (thing: T) => Promise<void>): Promise<void> {
    const turn = ++this.turn;
    try {
      const thing = await load();
      const shown = this.last.then(() => turn === this.turn ? show(thing) : undefined);
      this.last = shown.catch(() => undefined);
      await shown;
    } catch (err) {
      if (turn === this.turn) {
        throw err;
      }
    }
  }

  /** end resolves when nothing is being shown, and what was asked for until now is not shown any more. */
  end(): Promise<void> {
    this.turn++;
    return this.last;
  }
}
