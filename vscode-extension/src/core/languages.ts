/** What VS Code calls the languages that the server names. */

/** Language identifiers of VS Code, where they differ from the server's name of the language. */
const identifiers: Readonly<Record<string, readonly string[]>> = {
  javascript: ['javascript', 'javascriptreact'],
  tsx: ['typescriptreact'],
};

/** Languages that one extension serves together: what answers for one answers for all. */
const families: readonly (readonly string[])[] = [
  ['javascript', 'javascriptreact', 'typescript', 'typescriptreact'],
  ['c', 'cpp'],
];

/** identifiersOf returns the language identifiers of VS Code for what `symcache version` lists. */
export function identifiersOf(languages: readonly { language: string; error?: string }[]): string[] {
  return languages.filter(l => l.error === undefined).flatMap(l => identifiers[l.language] ?? [l.language]);
}

/** selectorOf names the documents of languages. VS Code takes the headers of C for C++'s, and the server for C's. */
export function selectorOf(languages: readonly string[]): { language: string; pattern?: string }[] {
  return [
    ...languages.map(language => ({ language })),
    ...languages.includes('c') ? [{ language: 'cpp', pattern: '**/*.h' }] : [],
  ];
}

/** serverLanguage returns the server's name for a language identifier of VS Code; headers of C are C++ there. */
export function serverLanguage(identifier: string): string {
  return identifier === 'cpp' ? 'c'
    : Object.keys(identifiers).find(language => identifiers[language]?.includes(identifier)) ?? identifier;
}

const titles: Readonly<Record<string, string>> = {
  c: 'C', go: 'Go', javascript: 'JavaScript', python: 'Python', tsx: 'TSX', typescript: 'TypeScript',
};

/** titleOf is how people write a language of the server's. */
export function titleOf(language: string): string {
  return titles[language] ?? language;
}

/** familyOf returns the languages that are served together with one, itself included. */
export function familyOf(language: string): readonly string[] {
  return families.find(f => f.includes(language)) ?? [language];
}

/** A language as extensions contribute it. */
export interface Contributed {
  id: string;
  aliases?: string[];
  extensions?: string[];
  filenames?: string[];
}

/** nameOf is the first of a language's names for people, or its identifier where it has none. */
export function nameOf(language: string, contributed: Iterable<Contributed>): string {
  for (const { id, aliases } of contributed) {
    if (id === language && aliases?.[0] !== undefined) {
      return aliases[0];
    }
  }
  return language;
}

/** FileLanguages tells the language of a file that is not open by its name. */
export class FileLanguages {
  private readonly byExtension = new Map<string, string>();
  private readonly byName = new Map<string, string>();

  constructor(contributed: Iterable<Contributed>) {
    for (const language of contributed) {
      for (const extension of language.extensions ?? []) {
        this.byExtension.set(extension.toLowerCase(), language.id);
      }
      for (const name of language.filenames ?? []) {
        this.byName.set(name.toLowerCase(), language.id);
      }
    }
  }

  /** of takes a path with slashes. The longest extension decides: `.d.ts` before `.ts`. */
  of(path: string): string | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    const named = this.byName.get(name);
    if (named !== undefined) {
      return named;
    }
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const language = this.byExtension.get(name.slice(dot));
      if (language !== undefined) {
        return language;
      }
    }
    return undefined;
  }
}
