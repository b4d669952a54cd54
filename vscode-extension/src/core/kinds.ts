/** The symbol kinds of LSP: 1 is a file, 26 a type parameter. */

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

/** kindOf returns a kind for every number: of one that is not known, the variable's, as VS Code does. */
export function kindOf(number: number): Kind {
  return kinds[number - 1] ?? kinds[12] as Kind;
}

/** A query of Go to Symbol (Instant): the parameters of workspace/symbol, with one more that our server knows. */
export interface Query {
  query: string;
  /** The kinds asked for; undefined: all. The server's limit counts those alone. */
  kinds: readonly number[] | undefined;
}

/**
 * parseQuery reads what was typed. A first word with a colon filters by kind, and the beginning of a kind's name
 * will do: ":func parse" looks for functions, ":c,i" for classes, constructors, constants and interfaces. A word
 * that begins no kind's name is not a filter but part of the text: C++ has names with colons.
 */
export function parseQuery(typed: string): Query {
  const filter = /^\s*:([a-z,]+)(?:\s+|$)(.*)$/is.exec(typed);
  if (filter !== null) {
    const words = (filter[1] ?? '').toLowerCase().split(',').filter(word => word !== '');
    const matching = kinds.filter(kind => words.some(word => kind.name.replaceAll(' ', '').startsWith(word)));
    if (words.length > 0 && matching.length > 0) {
      return { query: (filter[2] ?? '').trim(), kinds: matching.map(kind => kind.number) };
    }
  }
  return { query: typed.trim(), kinds: undefined };
}
