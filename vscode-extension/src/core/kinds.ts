/** The symbol kinds of LSP: 1 is a file, 26 a type parameter. And how a query names them. */

export interface Kind {
  /** In LSP. VS Code's number is one less. */
  number: number;
  name: string;
  /** The codicon, without its `symbol-`. */
  icon: string;
}

const names = [
  'file', 'module', 'namespace', 'package', 'class', 'method', 'property', 'field', 'constructor', 'enum',
  'interface', 'function', 'variable', 'constant', 'string', 'number', 'boolean', 'array', 'object', 'key', 'null',
  'enum member', 'struct', 'event', 'operator', 'type parameter',
];

export const kinds: readonly Kind[] = names.map((name, i) => ({
  number: i + 1,
  name,
  icon: `symbol-${name.replace('type parameter', 'type-parameter').replace('enum member', 'enum-member')}`,
}));

/** aliases are the words that languages have for kinds. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  fn: ['function'],
  def: ['function', 'method'],
  type: ['class', 'enum', 'interface', 'struct', 'type parameter'],
  ctor: ['constructor'],
};

/** kindOf returns a kind for every number. A number that is not known gives the variable's, as in VS Code. */
export function kindOf(number: number): Kind {
  return kinds[number - 1] ?? kinds[12] as Kind;
}

/** wordOf is how a query names a kind: without a space. */
export function wordOf(kind: Kind): string {
  return kind.name.replaceAll(' ', '');
}

/** A search: the parameters of workspace/symbol, with one more that our server knows. */
export interface Query {
  query: string;
  /** The kinds asked for; undefined: all. The server's limit counts those alone. */
  kinds: readonly number[] | undefined;
}

/** What somebody has typed into Go to Symbol (Instant). */
export type Typed =
  | { is: 'query'; query: Query }
  /** A kind is being typed: those that it may be, and the text before its word. */
  | { is: 'choice'; kinds: readonly Kind[]; before: string }
  /** A word that begins no kind's name. */
  | { is: 'unknown'; word: string };

/**
 * parseTyped reads what was typed. A first word with a colon filters by kind, and the beginning of a kind's name
 * will do: ":func parse" looks for functions, ":c,i " for classes, constructors, constants and interfaces. As long as
 * no space ends the word, the kind is still being chosen. The colons of C++, as in "::vector", are part of a name.
 */
export function parseTyped(typed: string): Typed {
  const filter = /^\s*:([a-z,]*)(\s+.*)?$/is.exec(typed);
  const words = (filter?.[1] ?? '').toLowerCase().split(',');
  if (filter === null || filter[1] !== '' && words.every(word => word === '')) {
    return { is: 'query', query: { query: typed.trim(), kinds: undefined } };
  }
  const rest = filter[2];
  const unknown = words.find(word => word !== '' && matching(word).length === 0);
  if (unknown !== undefined) {
    return { is: 'unknown', word: unknown };
  }
  if (rest === undefined || words.every(word => word === '')) {
    return { is: 'choice', kinds: matching(words.at(-1) ?? ''), before: words.slice(0, -1).map(word => `${word},`).join('') };
  }
  const chosen = kinds.filter(kind => words.some(word => word !== '' && matching(word).includes(kind)));
  return { is: 'query', query: { query: rest.trim(), kinds: chosen.map(kind => kind.number) } };
}

/** matching returns the kinds that a word may mean: an alias, or all whose names begin with it. */
function matching(word: string): readonly Kind[] {
  return kinds.filter(kind => aliases[word]?.includes(kind.name) ?? wordOf(kind).startsWith(word));
}

/** A kind, and how many symbols of it there are; undefined: that is not known. */
export interface Counted {
  kind: Kind;
  count: number | undefined;
}

/** byCount returns the kinds that occur, the most frequent first. */
export function byCount(counted: readonly Counted[]): Counted[] {
  return counted.filter(({ count }) => count !== 0).sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

/** qualifierOf returns what stands before the name in "Kubelet.Run" or "a::b", with its separator; else nothing. */
export function qualifierOf(query: string): { separator: string } | undefined {
  const separator = /^.*\w(\.|::|#|\/)\w*$/s.exec(query)?.[1];
  return separator === undefined ? undefined : { separator };
}
