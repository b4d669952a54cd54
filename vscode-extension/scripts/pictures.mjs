// pictures.mjs takes the pictures of the README and the walkthrough from the last run of the tests in VS Code: close
// enough to be read where they are half of a window, and for each kind of theme.
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const name of ['instant', 'outline', 'status']) {
  for (const theme of ['dark', 'light', 'hc', 'hcLight']) {
    copyFileSync(join(root, 'test-output', `${name}-${theme}.png`), join(root, 'media', `${name}-${theme}.png`));
  }
}
