import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changesBetween } from '../dev/changes.js';
import { lockFile, lockText, readLock, readSurface } from '../dev/surface.js';
import manifest from '../package.json' with { type: 'json' };
import { prompts } from '../src/prompts/index.js';
import { resources } from '../src/resources/index.js';
import { tools } from '../src/tools/index.js';
import { ERAS, startServer } from './kit.js';
import { findings } from './schema_rules.js';

const KINDS = { tools, resources, prompts } as const;

describe('the surface', () => {
  const listTools = async () => (await (await startServer().connect()).mcp.listTools()).tools;

  test.each(Object.entries(KINDS))('src/%s/index.ts lists exactly the files of its folder', async (kind, items) => {
    const folder = new URL(`../src/${kind}/`, import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts').sort();
    const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<{ default: unknown }>));
    expect(items, 'run: npm run gen -- sync').toEqual(modules.map((module) => module.default));
    expect(items.map(({ name }) => `${name}.ts`)).toEqual(files);
  });

  test('tools.lock.json is this surface at this version; after a wanted change run: npm run lock', () => {
    const locked = readLock();
    expect(locked && changesBetween(locked, readSurface())).toEqual([]);
    expect(readFileSync(lockFile, 'utf8').replaceAll('\r\n', '\n')).toBe(lockText(readSurface(), manifest.version));
  });

  test('what is locked is what clients are told', async () => {
    const { tools: locked } = readSurface();
    for (const { name, ...told } of await listTools()) expect({ ...locked[name], ...told }).toEqual(locked[name]);
  });

  test.each(tools.map(({ name }) => name))('%s keeps the rules of a good tool', async (name) => {
    const tool = (await listTools()).find((listed) => listed.name === name);
    expect(tool, 'the client drops a tool whose x-mcp-header is invalid').toBeDefined();
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
    expect(tool?.description?.length).toBeGreaterThan(40);
    expect(tool?.description?.length).toBeLessThan(1_500);
    // No control, tag, bidi or zero-width characters that a reviewer cannot see.
    expect(tool?.description).not.toMatch(/[^\P{C}\n]|<!--/u);
    expect(findings(tool?.inputSchema, { bounded: true })).toEqual([]);
    expect(findings(tool?.outputSchema, { bounded: false })).toEqual([]);
    expect(Object.keys(tool?.annotations ?? {})).toEqual(
      expect.arrayContaining(['title', 'readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']),
    );
  });
});

describe.each(ERAS)('a %s client', (era) => {
  test('lists the same tools, resources and prompts every time', async () => {
    const server = startServer();
    const lists = await Promise.all(
      [1, 2].map(async () => {
        const { mcp } = await server.connect({ era });
        const { tools: names } = await mcp.listTools();
        const [listedPrompts, templates] = [await mcp.listPrompts(), await mcp.listResourceTemplates()];
        return { names, listedPrompts: listedPrompts.prompts, templates: templates.resourceTemplates };
      }),
    );
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]?.names.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  });

  test.each(tools.map(({ name }) => name))('%s refuses an argument it does not know, by name', async (name) => {
    const client = await startServer().connect({ era });
    const error = await client.fail(name, { no_such_argument: 'canary', idempotency_key: 'contract-test' });
    expect(error.error_class).toBe('validation');
    expect(JSON.stringify(error)).not.toContain('canary');
    expect(JSON.stringify(error.field_errors)).toContain('no_such_argument');
  });

  test('an unknown tool is a protocol error', async () => {
    const { mcp } = await startServer().connect({ era });
    await expect(mcp.callTool({ name: 'no_such_tool' })).rejects.toMatchObject({ code: -32_602 });
  });
});
