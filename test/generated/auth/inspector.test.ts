import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programs, scratch } from '../scratch.ts';
import { freePort, serverEnv } from '../start.ts';
import { until } from '../wire/server.ts';
import { killDevs, startDev } from './dev.ts';
import type { Dev } from './dev.ts';
import { authRepo } from './repo.ts';

let dev: Dev;
let inspector: ChildProcess;
let at: string;
let browser: Browser;
const folders: string[] = [];
beforeAll(async () => {
  const repo = await authRepo();
  dev = await startDev(repo);
  // The version that the repository's own `inspect` starts; it needs a newer Node.js than the server.
  const [pinned = ''] = /@modelcontextprotocol\/inspector@[\d.]+/.exec(readFileSync(path.join(repo, 'dev/inspect.mjs'), 'utf8')) ?? [];
  const bin = programs('node@24', pinned);
  const home = scratch('inspector');
  folders.push(path.resolve(bin, '../..'), home);
  const [client, sandbox] = [await freePort(), await freePort()];
  const env = { ...serverEnv(), HOME: home, CLIENT_PORT: String(client), MCP_SANDBOX_PORT: String(sandbox), MCP_AUTO_OPEN_ENABLED: 'false', MCP_INSPECTOR_SECRET_STORE: 'memory' };
  inspector = spawn(path.join(bin, 'node'), [path.join(bin, 'mcp-inspector'), '--web', '--transport', 'http', '--server-url', dev.url.href], { env, detached: true });
  let output = '';
  for (const stream of [inspector.stdout, inspector.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  await until(() => /MCP_INSPECTOR_API_TOKEN=\w+/.test(output), 60_000);
  [at = ''] = /http:\/\/\S+MCP_INSPECTOR_API_TOKEN=\w+/.exec(output) ?? [];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
});
afterAll(async () => {
  await browser?.close();
  if (inspector?.pid !== undefined) process.kill(-inspector.pid, 'SIGKILL');
  await dev?.stop();
  killDevs();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('R093 the MCP Inspector signs in and calls a tool', async () => {
  const page = await browser.newPage({ viewport: { width: 1_400, height: 1_000 } });
  await page.goto(at);
  await page.getByRole('switch', { name: /^Connect/ }).click({ force: true });
  await page.waitForURL(`${dev.issuer}/**`);
  expect(await page.locator('p').first().textContent()).toContain('MCP Inspector wants to use');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Authentication succeeded.').waitFor();
  await page.getByText('Tools', { exact: true }).first().click();
  await page.getByText('Search notes').first().click();
  await page.getByRole('textbox', { name: /^query/ }).fill('nothing like it');
  await page.getByRole('button', { name: 'Execute Tool' }).click();
  await until(() => /"tool":"search_notes".*"status":"ok"/.test(dev.output()));
  expect(dev.output()).toMatch(/"user_id":"alice".*"tool":"search_notes"/);
  await page.close();
});
