/*
 * Preloaded into a run of the CLI: counts the calls that change a disk and sends a signal to the process at the one
 * of INTERRUPT_AT, in the middle of it where a call has a middle. INTERRUPT_REPORT receives the count.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const at = Number(process.env.INTERRUPT_AT);
const signals = process.env.INTERRUPT_SIGNAL.split(',');
const { appendFileSync } = fs;
const halfway = {
  writeFileSync: (file, contents, options) => call.writeFileSync(file, contents.slice(0, contents.length / 2), options),
  rmSync: (folder) => removeFirst(String(folder)),
};
const call = {};
let count = 0;

for (const name of ['mkdirSync', 'writeFileSync', 'linkSync', 'renameSync', 'rmSync', 'rmdirSync', 'openSync']) {
  call[name] = fs[name];
  fs[name] = (...argv) => {
    if (name === 'openSync' && argv[1] !== 'wx') return call[name](...argv);
    count++;
    if (count === at) {
      if (signals[0] === 'SIGKILL') halfway[name]?.(...argv);
      for (const signal of signals) process.kill(process.pid, signal);
    }
    return call[name](...argv);
  };
}
syncBuiltinESMExports();
process.on('exit', () => {
  if (process.env.INTERRUPT_REPORT) appendFileSync(process.env.INTERRUPT_REPORT, String(count));
});

/** A recursive removal that got as far as one file. */
function removeFirst(folder) {
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const first = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).find((entry) => !entry.isDirectory());
  if (first) fs.unlinkSync(path.join(first.parentPath, first.name));
}
