import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { clientKinds } from './clients.ts';
import { finish, scratch } from './scratch.ts';

const folder = scratch('publish');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('with --deploy npm, what is published installs, and answers a client by its bin', async () => {
  const repo = path.join(inject('workspace'), 'both-notes');
  await finish('npm', ['run', 'build'], repo);
  await finish('npm', ['pack', '--silent', '--pack-destination', folder], repo);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  await finish('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], folder);
  const published = readdirSync(path.join(folder, 'node_modules/both-notes'), { recursive: true }).map(String).toSorted();
  expect(published).toEqual(['README.md', 'dist', 'dist/node.js', 'dist/public_fetch.js', 'dist/stdio.js', 'dist/telemetry.js', 'package.json']);
  const client = await clientKinds['v2 client, negotiating']({ command: path.join(folder, 'node_modules/.bin/both-notes'), args: [], cwd: folder });
  expect((await client.listTools()).tools).toHaveLength(3);
  await client.close();
});
