import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { versions } from 'virtual:templates';
import { withDefaults } from '../src/answers/resolve.ts';
import { plan } from '../src/plan/plan.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<string, Record<string, string>> & { files: string[] };

describe('the published package', () => {
  let files: string[];
  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    files = (JSON.parse(packed.toString()) as { files: { path: string }[] }[])[0]?.files.map((file) => file.path) ?? [];
  });

  test('S163 holds the bundle, its licences and schema, and nothing else', () => {
    const kinds = [/^dist\/[\w.-]+\.js$/, /^dist\/THIRD-PARTY-LICENSES\.md$/, /^dist\/mcp-gen\.schema\.json$/, /^README\.md$/, /^LICENSE$/, /^package\.json$/];
    expect(files.filter((file) => !kinds.some((kind) => kind.test(file)))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['dist/create-mcp-server.js', 'dist/mcp-gen.js', 'dist/THIRD-PARTY-LICENSES.md']));
  });

  test('S163 has no runtime dependency and no install script', () => {
    expect(manifest['dependencies'] ?? {}).toEqual({});
    expect(Object.keys(manifest['scripts'] ?? {}).filter((script) => /^(?:pre|post)?install$/.test(script))).toEqual([]);
  });

  test('carries the licence text of every package it bundles', () => {
    const licences = readFileSync(`${root}dist/THIRD-PARTY-LICENSES.md`, 'utf8');
    for (const name of ['commander', '@clack/prompts', 'handlebars', 'execa', 'zod']) expect(licences).toMatch(new RegExp(`^## ${name} \\d`, 'm'));
    expect(licences.match(/^## /gm)?.length).toBe((licences.match(/^```$/gm)?.length ?? 0) / 2);
  });
});

describe('a generated repository', () => {
  const tree = plan(withDefaults({ transport: 'both', deploy: ['docker', 'npm'] }, { name: 'notes-server', packageManager: 'npm' }), '0.0.0');

  test('S164 pins exact versions, of packages that this project itself installs', () => {
    const { dependencies, devDependencies } = JSON.parse(tree.get('package.json') ?? '') as Record<string, Record<string, string>>;
    const all = { ...dependencies, ...devDependencies };
    expect(Object.values(all).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(all).toEqual(Object.fromEntries(Object.keys(all).map((name) => [name, versions[name]])));
    for (const name of Object.keys(all)) expect(() => readFileSync(`${root}node_modules/${name}/package.json`)).not.toThrow();
  });

  test('S162 holds no generated secret: two plans are equal, and MCP_SECRET is left empty', () => {
    expect(tree.get('.env.example')).toContain('# MCP_SECRET=\n');
    expect(tree.files().filter(({ contents }) => /[A-Za-z0-9+/]{43}=/.test(contents)).map(({ path }) => path)).toEqual([]);
  });
});
