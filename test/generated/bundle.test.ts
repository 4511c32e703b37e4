import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from './clients.ts';
import type { Target } from './clients.ts';
import { finish, programs, scratch } from './scratch.ts';
import { copyRepo, once } from './wire/probe.ts';

interface Manifest {
  readonly name: string;
  readonly display_name: string;
  readonly version: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  readonly user_config: Readonly<Record<string, { readonly default?: unknown; readonly required?: boolean }>>;
}

interface Started {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** What a host does with a bundle, in the packer's own words. */
interface Mcpb {
  unpackExtension(options: { mcpbPath: string; outputDir: string; silent: true }): Promise<boolean>;
  getMcpConfigForManifest(options: { manifest: Manifest; extensionPath: string; systemDirs: object; userConfig: object; pathSeparator: string }): Promise<Started | undefined>;
}

/** A version that nothing else says. */
const VERSION = '3.2.1';

const installed = scratch('bundle');
let manifest: Manifest;
let mcpb: Mcpb;
let printed: string;

beforeAll(async () => {
  const repo = await once('bundle-both-notes', async (at) => {
    copyRepo('both-notes', at);
    const file = path.join(at, 'package.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": "0.1.0"', `"version": "${VERSION}"`));
    printed = await finish('npm', ['run', 'bundle'], at);
  });
  const [, packer = ''] = /--package (\S+) mcpb/.exec(readFileSync(path.join(repo, 'package.json'), 'utf8')) ?? [];
  const entry = path.join(programs(packer), '../@anthropic-ai/mcpb/dist/index.js');
  mcpb = (await import(pathToFileURL(entry).href)) as Mcpb;
  expect(await mcpb.unpackExtension({ mcpbPath: path.join(repo, 'dist/both-notes.mcpb'), outputDir: installed, silent: true })).toBe(true);
  manifest = JSON.parse(readFileSync(path.join(installed, 'manifest.json'), 'utf8')) as Manifest;
});
afterAll(() => rmSync(installed, { recursive: true, force: true }));

/** How the manifest says that it is started, for a user who has answered so. */
async function startedFor(userConfig: Readonly<Record<string, string>> = {}): Promise<Target> {
  const started = await mcpb.getMcpConfigForManifest({ manifest, extensionPath: installed, systemDirs: {}, userConfig, pathSeparator: path.sep });
  if (started === undefined) throw new Error('something is missing that the manifest requires');
  // Where there is no package of Node.js, and no file but those of the bundle.
  return { command: started.command, args: started.args, env: started.env, cwd: '/' };
}

describe('npm run bundle', () => {
  test('packs what the server needs and nothing else, and the packer finds its manifest good', () => {
    expect(readdirSync(installed).toSorted()).toEqual(['manifest.json', 'package.json', 'public_fetch.js', 'stdio.js', 'telemetry.js']);
    expect(printed).toContain('Manifest schema validation passes!');
    expect(existsSync(path.join(installed, 'node_modules'))).toBe(false);
  });

  test.each(Object.entries(clientKinds))('%s starts it as the manifest says, and finds the tools that the manifest lists', async (_kind, connect) => {
    const client = await connect(await startedFor());
    const { tools } = await client.listTools();
    expect(tools.map(({ name, description }) => ({ name, description })).toSorted(byName)).toEqual(manifest.tools.toSorted(byName));
    const { isError, structuredContent } = await client.callTool({ name: 'create_note', arguments: { text: 'packed', idempotency_key: 'bundle-0001' } });
    expect([isError ?? false, structuredContent]).toEqual([false, { id: expect.any(String) as string }]);
    await client.close();
  });

  test('what its user answers reaches the server', async () => {
    const client = await clientKinds['v2 client, negotiating'](await startedFor({ TOOL_PROFILE: 'read' }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['search_notes']);
    await client.close();
  });

  test('name, title and version are those of the repo, and what nobody has to answer has a default', () => {
    expect(manifest).toMatchObject({ name: 'both-notes', display_name: 'Nöte "keeper" ${x} {{y}}', version: VERSION });
    for (const setting of Object.values(manifest.user_config)) expect(setting.required === true || setting.default !== undefined).toBe(true);
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name);
}
