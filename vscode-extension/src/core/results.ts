/** The rows of a list whose text somebody types and somebody else answers. */

export interface Row {
  label: string;
  description?: string;
}

/** Results are the rows that are shown, and who is active among them. */
export class Results<R extends Row> {
  rows: readonly R[] = [];
  /** The text that they answer; undefined: none yet. */
  text: string | undefined;
  active: R | undefined;
  /** Whether somebody has moved: what is first is active by itself. */
  away = false;

  /**
   * answer takes the rows of a text, and tells whether others are to be shown than are. Who has moved to one of them
   * stays there when the same text is answered again.
   */
  answer(text: string, rows: readonly R[]): boolean {
    const { active } = this;
    const again = text === this.text;
    this.text = text;
    if (rows.length === this.rows.length && rows.every((row, i) => same(row, this.rows[i]))) {
      return false;
    }
    const kept = again && this.away ? rows.find(row => same(row, active)) : undefined;
    this.rows = rows;
    this.active = kept ?? rows[0];
    this.away = kept !== undefined;
    return true;
  }

  /** moved notes which row is active now, and tells whether somebody has moved there. */
  moved(row: R | undefined): boolean {
    this.active = row;
    this.away ||= row !== undefined && row !== this.rows[0];
    return this.away && row !== undefined;
  }
}

/** same tells whether two rows read the same. */
function same(a: Row, b: Row | undefined): boolean {
  return a.label === b?.label && a.description === b.description;
}
