// Loaded before the server by the dev script: tells what the code on disk means to agents, compared with tools.lock.json.
import { changesBetween } from './changes.js';
import { readLock, readSurface } from './surface.js';

const locked = readLock();
for (const { severity, item, what } of locked ? changesBetween(locked, readSurface()) : []) {
  console.error(`${severity.padEnd(8)} ${item}: ${what}`);
}
