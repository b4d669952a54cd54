/** The types of links.mjs, for the tests. */
interface Repository {
  url: string;
  directory: string;
}
export function contentUrl(repository: Repository, kind: string): string;
export function linksInto(repository: Repository, page: string): string[];
