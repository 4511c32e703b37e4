import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createServer } from 'vite';
import type { TestProject } from 'vitest/node';
import { answerFlagsPlugin } from '../../src/build/answer-flags.ts';
import { templatesPlugin } from '../../src/build/templates.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder that holds every generated repo of `repos.ts`, installed once for all. */
    workspace: string;
  }
}

/** Generates every repo into one npm workspace and installs once. */
export default async function setup(project: TestProject): Promise<() => void> {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-generated-')));
  const vite = await createServer({ configFile: false, logLevel: 'error', server: { middlewareMode: true, ws: false }, plugins: [templatesPlugin('templates'), answerFlagsPlugin()] });
  const { plan } = (await vite.ssrLoadModule('/src/plan/plan.ts')) as typeof import('../../src/plan/plan.ts');
  const { repos } = (await vite.ssrLoadModule('/test/generated/repos.ts')) as typeof import('./repos.ts');
  await vite.close();
  for (const [name, answers] of Object.entries(repos)) {
    for (const { path: file, contents } of plan(answers, '0.0.0').files()) {
      const at = path.join(workspace, name, file);
      mkdirSync(path.dirname(at), { recursive: true });
      writeFileSync(at, contents);
    }
  }
  writeFileSync(path.join(workspace, 'package.json'), JSON.stringify({ name: 'workspace', private: true, workspaces: Object.keys(repos) }));
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: workspace });
  project.provide('workspace', workspace);
  return () => rmSync(workspace, { recursive: true, force: true });
}
