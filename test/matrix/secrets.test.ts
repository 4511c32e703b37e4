import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ignored } from './checks.ts';
import { combinations, label, planned } from './combinations.ts';
import type { Repo } from './combinations.ts';
import { environmentLines } from './syntax.ts';

const repos = [...combinations()].map(planned);

/** Variables whose value nobody else may know. */
const secretName = /SECRET|PASSWORD|PASSPHRASE|TOKEN$|API_?KEY|PRIVATE|CREDENTIAL|REDIS_URL|DSN/;

/** Shapes of real secrets; hashes of the manifest and pins of GitHub actions are public. */
const shapes: Readonly<Record<string, RegExp>> = {
  'private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'JSON web token': /\beyJ[\w-]{10,}\.[\w-]{10,}\./,
  'AWS key': /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  'GitHub token': /\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}/,
  'Slack token': /\bxox[abprs]-[\w-]{10,}/,
  'npm token': /\bnpm_\w{30,}|_authToken\s*=/,
  'API key': /\bsk-[\w-]{16,}|\bAIza[\w-]{30,}/,
  'password in an address': /[a-z]+:\/\/[^\s/:@"'`$]+:[^\s/@"'`$]+@/,
  'random value': /(?<![\w@/+-])(?=[A-Za-z0-9+/]*\d)(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])[A-Za-z0-9+/]{40,}={0,2}(?![\w/+-])/,
};

function over(check: (repo: Repo) => string[]): string[] {
  return [...new Set(repos.flatMap((repo) => check(repo).map((fault) => `${fault} [${label(repo.answers)}]`)))].slice(0, 8);
}

function scan(text: string): string[] {
  return Object.entries(shapes).filter(([, shape]) => shape.test(text)).map(([name]) => name);
}

describe('R041 secrets come from the environment only', () => {
  test('no file holds the shape of a secret', () => {
    const known = new Map<string, string[]>();
    const found = over(({ files }) =>
      [...files].flatMap(([file, text]) => {
        if (!known.has(text)) known.set(text, scan(text));
        return (known.get(text) ?? []).map((name) => `${file} holds a ${name}`);
      }),
    );
    expect(found).toEqual([]);
  });

  test.each<[string, string]>([
    ['private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['JSON web token', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x`],
    ['password in an address', 'redis://default:hunter2@db:6379'],
    ['random value', 'MCP_SECRET=q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA='],
  ])('the scan knows a %s when it sees one', (name, text) => {
    expect(shapes[name]?.test(text)).toBe(true);
  });

  test('.env.example documents secrets and gives none a value; nothing in it is set', () => {
    const found = over(({ files }) => {
      const text = files.get('.env.example') ?? '';
      return [
        ...environmentLines(text).filter(([, name = '', value]) => secretName.test(name) && value !== '').map(([, name]) => `${name} has a value`),
        ...text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => `${line} is set`),
        ...(environmentLines(text).some(([, name]) => name === 'MCP_SECRET') ? [] : ['MCP_SECRET is not documented']),
      ];
    });
    expect(found).toEqual([]);
  });

  test('no variable is documented twice', () => {
    const twice = over(({ files }) => {
      const names = environmentLines(files.get('.env.example') ?? '').map(([, name = '']) => name);
      return names.filter((name, index) => names.indexOf(name) !== index);
    });
    expect(twice).toEqual([]);
  });

  test('compose files take secrets from outside', () => {
    const found = over(({ files }) =>
      [...files].filter(([file]) => /(?:^|\/)compose[\w.-]*\.ya?ml$/.test(file)).flatMap(([file, text]) => {
        const { services } = parse(text) as { services: Record<string, { environment?: Record<string, unknown> }> };
        return Object.values(services).flatMap(({ environment = {} }) =>
          Object.entries(environment).filter(([name, value]) => secretName.test(name) && !/^$|^\$\{\w+(?::?[-?][^}]*)?\}$|^\/run\/secrets\//.test(String(value ?? ''))).map(([name]) => `${file} sets ${name}`),
        );
      }),
    );
    expect(found).toEqual([]);
  });

  test('git and docker ignore .env and its variants, and git keeps .env.example', () => {
    const found = over(({ files }) => {
      const git = files.get('.gitignore') ?? '';
      const docker = files.get('.dockerignore');
      return [
        ...['.env', '.env.local', '.env.production', 'deploy/.env'].filter((file) => !ignored(git, file)).map((file) => `git keeps ${file}`),
        ...(ignored(git, '.env.example') ? ['git ignores .env.example'] : []),
        ...(files.has('Dockerfile') && docker === undefined ? ['no .dockerignore'] : []),
        ...(docker === undefined ? [] : ['.env', '.env.local', '.git', 'node_modules'].filter((file) => !ignored(docker, file)).map((file) => `the image gets ${file}`)),
      ];
    });
    expect(found).toEqual([]);
  });
});
