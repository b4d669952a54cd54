#!/usr/bin/env node
// Runs the program of this platform, which lies in a package of its own: see optionalDependencies in package.json.
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const platform = `${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`@symcache/${platform}/bin/symcache${process.platform === 'win32' ? '.exe' : ''}`);
} catch {
  console.error(`symcache: there is no package @symcache/${platform}. If npm was told to leave optional packages out, `
    + 'install again without that; on another platform, build it with Go: see the README.');
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', err => {
  console.error(`symcache: cannot run ${program}: ${err.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
