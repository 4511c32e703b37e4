import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import { filesOf, onDisk } from './repo.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** Type-checks `deploy/aws` of a repo and runs one of its apps, as the CDK's command does. @returns its template, and the files of each asset. */
function synthesize(answers: PartialAnswers, app: string, env: Readonly<Record<string, string>>): { template: Template; assets: string[] } {
  const folder = onDisk(filesOf(answers));
  folders.push(folder);
  mkdirSync(path.join(folder, 'dist'));
  for (const file of ['lambda.js', 'lambda.js.map', 'node.js']) writeFileSync(path.join(folder, 'dist', file), '// built\n');
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const aws = path.join(folder, 'deploy/aws');
  execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', aws], { stdio: 'pipe' });
  const out = mkdtempSync(path.join(folder, 'out-'));
  execFileSync(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), `${app}.ts`], { cwd: aws, env: { PATH: process.env['PATH'], HOME: folder, CDK_OUTDIR: out, ...env }, stdio: 'pipe' });
  const name = readdirSync(out).find((file) => file.endsWith('.template.json')) ?? '';
  const assets = readdirSync(out).filter((file) => file.startsWith('asset.')).flatMap((asset) => readdirSync(path.join(out, asset), { recursive: true }).map(String));
  return { template: JSON.parse(readFileSync(path.join(out, name), 'utf8')) as Template, assets };
}

const ofType = ({ Resources }: Template, type: string): Record<string, unknown>[] => Object.values(Resources).filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);

/** What a shell may hold that nobody wants in a template. */
const CANARY = 'canary-must-never-deploy';
const shell = { MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', MCP_SECRET: CANARY, REDIS_URL: CANARY, AWS_SECRET_ACCESS_KEY: CANARY, LOG_LEVEL: 'debug' };

describe('R156 the Lambda stack', () => {
  let made: ReturnType<typeof synthesize>;
  beforeAll(() => {
    made = synthesize({ transport: 'http', auth: 'keycloak', session: 'redis', deploy: ['lambda'] }, 'lambda', { ...shell, KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' });
  }, 120_000);

  test('is one function on Node.js 24 and arm64, bounded in time and number', () => {
    const server = ofType(made.template, 'AWS::Lambda::Function').find(({ Handler }) => Handler === 'dist/lambda.handler');
    expect(server).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Timeout: 60, MemorySize: 512, ReservedConcurrentExecutions: 10 });
  });

  test('has a URL that streams and leaves signing in to the server', () => {
    expect(ofType(made.template, 'AWS::Lambda::Url')).toMatchObject([{ AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }]);
    expect(Object.keys(made.template.Outputs ?? {})).toContain('Endpoint');
  });

  test('R041 passes settings on, refers to secrets, and holds none', () => {
    const server = ofType(made.template, 'AWS::Lambda::Function').find(({ Handler }) => Handler === 'dist/lambda.handler');
    const { Variables = {} } = (server?.['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    expect(Variables).toMatchObject({ NODE_ENV: 'production', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', LOG_LEVEL: 'debug', KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' });
    expect(JSON.stringify(Variables['MCP_SECRET'])).toContain('{{resolve:secretsmanager:');
    expect(JSON.stringify(Variables['REDIS_URL'])).toContain('{{resolve:secretsmanager:');
    expect(JSON.stringify(made.template)).not.toContain(CANARY);
    expect(ofType(made.template, 'AWS::SecretsManager::Secret')).toMatchObject([{ Name: 'orders/MCP_SECRET', GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } }]);
  });

  test('keeps its log for 30 days, and may do nothing but write it', () => {
    expect(ofType(made.template, 'AWS::Logs::LogGroup')).toMatchObject([{ RetentionInDays: 30 }]);
    expect(ofType(made.template, 'AWS::IAM::Policy')).toEqual([]);
  });

  test('ships the bundle, its map and package.json, and nothing else of the repo', () => {
    expect(made.assets.toSorted()).toEqual(['dist', 'dist/lambda.js', 'dist/lambda.js.map', 'package.json']);
  });
});
