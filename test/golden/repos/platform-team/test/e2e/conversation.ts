import { Client, type Transport } from '@modelcontextprotocol/client';
import { expect } from 'vitest';
import { tools } from '../../src/tools/index.js';
import type { Era } from '../kit.js';

/** Connects as a client of an era, lists the tools, gets an answer from each and leaves. */
export async function converse(era: Era, transport: Transport): Promise<void> {
  const mode = era === 'modern' ? { pin: '2026-07-28' } : 'legacy';
  const client = new Client({ name: 'e2e', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  const listed = await client.listTools();
  expect(listed.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  for (const { name } of tools) {
    const { isError, content } = await client.callTool({ name, arguments: { no_such_argument: true } });
    expect([name, isError, JSON.stringify(content)]).toEqual([name, true, expect.stringContaining('validation')]);
  }
  await client.close();
}
