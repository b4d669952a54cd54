// links.mjs has the addresses that relative links of the extension's page are given when it is packaged: vsce alone
// takes them for links from the root of the repository.

// contentUrl is where the extension's folder is, by the "repository" of package.json: "raw" for pictures, "blob" for pages.
export const contentUrl = ({ url, directory }, kind) => `${url.replace(/\.git$/, '')}/${kind}/HEAD/${directory}`;

// linksInto returns the paths in the repository that a page links to.
export const linksInto = ({ url }, page) => page.split(`${url.replace(/\.git$/, '')}/`).slice(1)
  .flatMap(rest => /^(?:raw|blob|tree)\/HEAD\/([^)#\s]+)/.exec(rest)?.[1] ?? []);
