// pictures.mjs takes the pictures of the README and the walkthrough from the last run of the tests in VS Code.
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const name of ['instant', 'outline', 'status']) {
  copyFileSync(join(root, 'test-output', `${name}.png`), join(root, 'media', `${name}.png`));
}
