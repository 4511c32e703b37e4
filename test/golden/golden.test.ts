import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { authProviders, byId, deployTargets, packageManagers, sessionStores, transports } from '../../src/features/index.ts';
import type { AuthProvider } from '../../src/features/index.ts';
import { plan } from '../../src/plan/plan.ts';
import { personas } from './personas.ts';
import type { Persona } from './personas.ts';

const root = fileURLToPath(new URL('repos', import.meta.url));

/** Whether this run was started with `--update`. */
function isUpdating(): boolean {
  return expect.getState().snapshotState.snapshotUpdateState === 'all';
}

function plannedFiles(persona: Persona): Record<string, string> {
  return Object.fromEntries(plan(personas[persona], '0.0.0').files().map(({ path: file, contents }) => [file, contents]));
}

function storedFiles(persona: string): Record<string, string> {
  const folder = path.join(root, persona);
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  // A checkout may have given the lines other ends.
  return Object.fromEntries(files.map((file) => [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file, 'utf8').replaceAll('\r\n', '\n')]));
}

function store(persona: Persona): void {
  rmSync(path.join(root, persona), { recursive: true, force: true });
  for (const [file, contents] of Object.entries(plannedFiles(persona))) {
    const at = path.join(root, persona, file);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, contents);
  }
}

describe.each(Object.keys(personas) as Persona[])('the golden repository of the %s', (persona) => {
  test('holds exactly the planned files (changed on purpose? npx vitest run test/golden --update)', () => {
    if (isUpdating()) store(persona);
    expect(Object.keys(storedFiles(persona)).toSorted()).toEqual(Object.keys(plannedFiles(persona)).toSorted());
  });

  test('holds them byte by byte', () => {
    const stored = storedFiles(persona);
    const differing = Object.entries(plannedFiles(persona)).filter(([file, contents]) => stored[file] !== contents);
    expect(Object.fromEntries(differing.map(([file]) => [file, stored[file]]))).toEqual(Object.fromEntries(differing));
  });
});

function all(features: readonly { readonly id: string }[]): string[] {
  return features.map(({ id }) => id).toSorted();
}

function used(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

describe('the golden repositories', () => {
  test('are those of the personas and no others', () => {
    const found = readdirSync(root);
    if (isUpdating()) for (const stray of found.filter((name) => !Object.hasOwn(personas, name))) rmSync(path.join(root, stray), { recursive: true });
    expect(readdirSync(root).toSorted()).toEqual(Object.keys(personas).toSorted());
  });

  test('show every value of every answer', () => {
    const chosen = Object.values(personas);
    expect(used(chosen.map(({ transport }) => transport))).toEqual(all(transports));
    // Providers differ in one file and one page: one of each kind, found by nothing, one and several inputs.
    expect(all(authProviders)).toEqual(expect.arrayContaining(used(chosen.map(({ auth }) => auth))));
    expect(new Set(chosen.map(({ auth }) => byId<AuthProvider>(authProviders, auth).inputs.length))).toEqual(new Set([0, 1, 2, 3]));
    expect(used(chosen.map(({ session }) => session))).toEqual(all(sessionStores));
    expect(used(chosen.flatMap(({ deploy }) => deploy))).toEqual(all(deployTargets));
    expect(used(chosen.map(({ packageManager }) => packageManager))).toEqual(all(packageManagers));
    expect(used(chosen.map(({ example }) => String(example)))).toEqual(['false', 'true']);
  });

  test('hold no path of a machine and not the version of the day', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    const found = (Object.keys(personas) as Persona[]).flatMap((persona) =>
      Object.entries(plannedFiles(persona)).filter(([, text]) => text.includes(`create-mcp-server@${version}`) || text.includes(process.cwd())).map(([file]) => `${persona}/${file}`),
    );
    expect(found).toEqual([]);
  });
});
