import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import { filesOf, onDisk } from './repo.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** A template, and the files of all its assets. */
export interface Synthesized {
  readonly template: Template;
  readonly assets: readonly string[];
}

/** What a shell may hold that nobody wants in a template. */
export const CANARY = 'canary-must-never-deploy';
export const shell = { MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', MCP_SECRET: CANARY, REDIS_URL: CANARY, AWS_SECRET_ACCESS_KEY: CANARY, LOG_LEVEL: 'debug' };

/** Type-checks `deploy/aws` of a repo and runs one of its apps, as the CDK's command does. @throws {Error} with everything that was said, when either fails. */
export function synthesize(answers: PartialAnswers, app: string, env: Readonly<Record<string, string>>): Synthesized {
  const folder = onDisk(filesOf(answers));
  try {
    mkdirSync(path.join(folder, 'dist'));
    for (const file of ['dist/lambda.js', 'dist/lambda.js.map', 'dist/public_fetch.js', 'dist/public_fetch.js.map', 'dist/node.js', '.env']) writeFileSync(path.join(folder, file), '# of no meaning\n');
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const aws = path.join(folder, 'deploy/aws');
    run(path.join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', aws]);
    const out = mkdtempSync(path.join(folder, 'out-'));
    run(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), `${app}.ts`], { cwd: aws, env: { PATH: process.env['PATH'], HOME: folder, CDK_OUTDIR: out, ...env } });
    const name = readdirSync(out).find((file) => file.endsWith('.template.json')) ?? '';
    const assets = readdirSync(out).filter((file) => file.startsWith('asset.')).flatMap((asset) => readdirSync(path.join(out, asset), { recursive: true }).map(String));
    return { template: JSON.parse(readFileSync(path.join(out, name), 'utf8')) as Template, assets };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, argv: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): void {
  const { status, stdout, stderr } = spawnSync(program, argv, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
}

/** The properties of every resource of a type. */
export const ofType = ({ Resources }: Template, type: string): Record<string, unknown>[] => Object.values(Resources).filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);

/** The properties of the only resource of a type. */
export function only(template: Template, type: string): Record<string, unknown> {
  const [found, ...more] = ofType(template, type);
  if (!found || more.length > 0) throw new Error(`${type} is not there, or more than once`);
  return found;
}
