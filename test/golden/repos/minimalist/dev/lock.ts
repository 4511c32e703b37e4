// npm run lock: writes tools.lock.json, the surface that agents see, and says what its changes mean to them.
//   --unreleased   takes breaking changes without a new version: nobody uses this one yet
//   --print        prints the surface and writes nothing
import { writeFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { admitsBreaking, changesBetween, nextBreaking } from './changes.js';
import { lockFile, lockText, readLock, readSurface } from './surface.js';

const surface = readSurface();
const text = lockText(surface, manifest.version);

if (process.argv.includes('--print')) {
  process.stdout.write(text);
} else {
  const locked = readLock();
  const changes = locked ? changesBetween(locked, surface) : [];
  for (const { severity, item, what } of changes) console.log(`${severity.padEnd(8)} ${item}: ${what}`);
  const breaks = changes.some(({ severity }) => severity === 'breaking');
  if (locked && breaks && !admitsBreaking(locked.version, manifest.version) && !process.argv.includes('--unreleased')) {
    console.error(`
This breaks agents that use ${locked.version}, so tools.lock.json stays as it is.
Set "version": "${nextBreaking(locked.version)}" in package.json and run this again. A renamed tool can keep its old name: deprecatedName in src/mcp.ts.
Does nobody use ${locked.version} yet? Then add --unreleased.`);
    process.exitCode = 1;
  } else {
    writeFileSync(lockFile, text);
    console.log(`tools.lock.json is what version ${manifest.version} offers.`);
  }
}
