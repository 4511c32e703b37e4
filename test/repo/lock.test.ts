import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../src/repo/lock.ts';
import { scratch, snapshot } from '../cli/invoke.ts';

const { signal } = new AbortController();

test('S143 whoever waits too long is told which folder stands in the way', async () => {
  const root = scratch();
  mkdirSync(path.join(root, '.mcp-gen.lock'));
  writeFileSync(path.join(root, '.mcp-gen.lock/owner'), JSON.stringify({ pid: process.pid, host: hostname() }));
  const before = snapshot(root);
  await expect(withLock(root, signal, async () => 'ran', 50)).rejects.toMatchObject({ code: 'locked', exitCode: 1, hint: expect.stringContaining('.mcp-gen.lock') });
  expect(snapshot(root)).toEqual(before);
});

test('S143 one at a time, and the lock goes when the work fails', async () => {
  const root = scratch();
  let running = 0;
  let most = 0;
  const work = async (at: number) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    if (at % 3 === 0) throw new Error('broken');
  };
  await Promise.allSettled(Array.from({ length: 9 }, (_, at) => withLock(root, signal, () => work(at))));
  expect(most).toBe(1);
  expect(snapshot(root)).toEqual({});
});
