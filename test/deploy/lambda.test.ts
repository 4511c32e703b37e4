import { beforeAll, describe, expect, test } from 'vitest';
import type { Synthesized } from './cdk.ts';
import { CANARY, ofType, shell, synthesize } from './cdk.ts';

describe('R157 the Lambda stack', () => {
  let made: Synthesized;
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
    expect(made.assets.toSorted()).toEqual(['dist', 'dist/lambda.js', 'dist/lambda.js.map', 'dist/public_fetch.js', 'dist/public_fetch.js.map', 'package.json']);
  });
});
