import { expect, test, vi } from 'vitest';
import { ToolError } from '../src/mcp.js';
import { createLog } from '../src/platform/observe/log.js';
import { runSteps } from '../src/steps.js';

const context = {
  dryRun: false,
  signal: new AbortController().signal,
  progress: async () => {},
  log: createLog('silent', () => {}),
  idempotencyKey: 'call',
};

test('does the steps in their order, each with a key of its own', async () => {
  const keys: string[] = [];
  const step = async (key: string) => void keys.push(key);
  expect(await runSteps(context, { first: step, second: step })).toEqual({ status: 'done', steps: ['first', 'second'] });
  expect(keys).toEqual(['call:first', 'call:second']);
});

test('stops at the first step that fails and names it, without what a stranger threw', async () => {
  const third = vi.fn(async () => {});
  const fail = async () => {
    throw new Error('postgres://user:password@db');
  };
  const run = runSteps(context, { first: async () => {}, second: fail, third });
  await expect(run).rejects.toMatchObject({ errorClass: 'permanent', message: 'Stopped at step second. Done before it: first.' });
  expect(third).not.toHaveBeenCalled();
});

test('passes on what a step says of its failure', async () => {
  const full = async () => {
    throw ToolError.rateLimit('The warehouse is busy.', { retryAfterSeconds: 5 });
  };
  const run = runSteps(context, { reserve: full });
  await expect(run).rejects.toMatchObject({ errorClass: 'transient', message: expect.stringContaining('busy'), options: { retryAfterSeconds: 5 } });
});

test('says when all was done and does not work', async () => {
  expect(await runSteps(context, { deploy: async () => {} }, async () => false)).toEqual({ status: 'unhealthy', steps: ['deploy'] });
});

test('does nothing when it is tried out', async () => {
  const step = vi.fn(async () => {});
  expect(await runSteps({ ...context, dryRun: true }, { first: step })).toEqual({ status: 'dry_run', steps: ['first'] });
  expect(step).not.toHaveBeenCalled();
});
