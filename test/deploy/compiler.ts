import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A value that has to have a type, down to its last key. */
export interface Typed {
  /** The module and the name in it, `default` excepted. */
  readonly from: string;
  readonly type: string;
  readonly value: unknown;
}

/** What the compiler says against values written down as literals of their types; nothing when it has nothing to say. */
export function compilerFaults(values: readonly Typed[]): string {
  // Inside of the project, where the types are found.
  const folder = mkdtempSync(path.join(root, 'node_modules/.typed-'));
  try {
    const lines = values.map(({ from, type, value }, at) => `import type * as from${at} from '${from}';\nexport const one${at}: from${at}.${type} = ${JSON.stringify(value)};`);
    writeFileSync(path.join(folder, 'values.ts'), lines.join('\n'));
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2023', types: [] }, include: ['values.ts'] }));
    const { status, stdout, error } = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
    if (error) throw error;
    return status === 0 ? '' : stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
