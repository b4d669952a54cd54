/**
 * Etiquette beside other extensions.
 *
 * VS Code asks all providers of a language and shows all their answers: two outlines, every symbol twice. And it
 * shows nothing before the slowest has answered. So where another extension serves a feature, our answer gains
 * nothing and doubles everything, and symcache leaves the feature to it, for that language.
 *
 * Who the other is does not matter: what counts is that somebody else answers, which can be asked of VS Code.
 * So no list of extensions has to be kept up to date.
 */

/** Features that can be left to others, or switched off in `symcache.features`. */
export type Feature = 'documentSymbol' | 'workspaceSymbol' | 'definition' | 'declaration' | 'hover' |
  'documentHighlight' | 'foldingRange' | 'selectionRange';

export type Policy = 'auto' | 'always' | 'never';

/**
 * What follows another feature without being asked for. VS Code merges these answers or takes the first, and an
 * extension with an outline knows its language.
 */
const followers: Partial<Record<Feature, readonly Feature[]>> = {
  documentSymbol: ['documentHighlight', 'foldingRange', 'selectionRange'],
  definition: ['declaration'],
};

/** Yielding knows which features are left to other extensions, for which languages. */
export class Yielding {
  private readonly found = new Map<string, Set<Feature>>();

  constructor(public policy: Policy) {}

  /** yields tells whether a feature is left out for a language. */
  yields(language: string, feature: Feature): boolean {
    return this.policy === 'always' || this.policy === 'auto' && this.isFound(language, feature);
  }

  /** wants tells whether it matters if somebody else serves a feature, and is not known yet. */
  wants(language: string, feature: Feature): boolean {
    return this.policy === 'auto' && !this.isFound(language, feature);
  }

  /** served notes that somebody else serves a feature, or does not after all. It tells whether that is news. */
  served(language: string, feature: Feature, yes: boolean): boolean {
    if (this.isFound(language, feature) === yes) {
      return false;
    }
    if (feature === 'documentSymbol' && !yes) {
      this.found.delete(language); // whoever had an outline is gone, with all else that was theirs
      return true;
    }
    const features = this.found.get(language) ?? new Set();
    this.found.set(language, features);
    for (const f of [feature, ...followers[feature] ?? []]) {
      if (yes) {
        features.add(f);
      } else {
        features.delete(f);
      }
    }
    return true;
  }

  /** forget is for when extensions come and go. It returns the languages that something was known of. */
  forget(): string[] {
    const languages = [...this.found.keys()];
    this.found.clear();
    return languages;
  }

  /** all returns what is left to others, for the status page. */
  all(): Map<string, Feature[]> {
    const all = new Map<string, Feature[]>();
    if (this.policy === 'auto') {
      for (const [language, features] of this.found) {
        if (features.size > 0) {
          all.set(language, [...features]);
        }
      }
    }
    return all;
  }

  private isFound(language: string, feature: Feature): boolean {
    return this.found.get(language)?.has(feature) ?? false;
  }
}

/**
 * delays, in ms, between attempts to find out whether somebody else answers: soon at first, since most servers
 * are up within seconds, then seldom, since a big workspace takes gopls or pyright minutes. Then it is left
 * until the document is looked at again.
 */
export const delays: readonly number[] = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000, 60_000];
