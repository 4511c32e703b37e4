// npm run bundle: lays out what `mcpb pack` makes one file of, for clients that install a local server by a click: what `build` made of
// the stdio server, and a manifest that says how to start it.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { identity } from '../src/server.js';
import { tools } from '../src/tools/index.js';

/** Your name: clients show it beside the server's. */
const author = identity.name;

/**
 * What a client asks its user for, by the variable that gets the answer. A secret, such as the key of an API, has `sensitive: true`;
 * what the server cannot do without, `required: true`; anything else a default, which may be empty.
 */
const settings: Readonly<Record<string, Setting>> = {
  TOOL_PROFILE: { type: 'string', title: 'Tools', description: 'all, write (none that destroys) or read (none that changes anything)', default: 'all' },
};

interface Setting {
  readonly type: 'string' | 'number' | 'boolean' | 'directory' | 'file';
  readonly title: string;
  readonly description: string;
  readonly sensitive?: boolean;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
}

const dist = new URL('../dist/', import.meta.url);
const folder = new URL('bundle/', dist);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const file of ['stdio.js', 'telemetry.js', 'public_fetch.js']) cpSync(new URL(file, dist), new URL(file, folder));
write('package.json', { type: 'module' });
write('manifest.json', {
  manifest_version: '0.2',
  name: identity.name,
  display_name: identity.title,
  version: identity.version,
  description: identity.description,
  author: { name: author },
  server: {
    type: 'node',
    entry_point: 'stdio.js',
    mcp_config: {
      command: 'node',
      args: ['${__dirname}/stdio.js'],
      env: Object.fromEntries(Object.keys(settings).map((name) => [name, `\${user_config.${name}}`])),
    },
  },
  tools: tools.map(({ name, description }) => ({ name, description })),
  user_config: settings,
  compatibility: { runtimes: { node: manifest.engines.node } },
});

function write(file: string, contents: object): void {
  writeFileSync(new URL(file, folder), `${JSON.stringify(contents, null, 2)}\n`);
}
