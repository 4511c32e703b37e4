import { describe, expect, test } from 'vitest';
import type { Answers } from '../../src/answers/schema.ts';
import { codeOf, environmentLines, stringsOf, remembered } from './syntax.ts';
import { combinations, label, planned } from './combinations.ts';
import type { Repo } from './combinations.ts';
import { packageOf, scripts } from './checks.ts';

const repos = [...combinations()].map(planned);

/** What the owner writes: the same bytes whatever carries the messages. */
const owned = /^src\/(?:tools|resources|prompts|services)\/|^src\/(?:server|mcp|config)\.ts$|^test\/(?:tools|resources|prompts)\/|^tools\.lock\.json$/;

/** What another transport may add or drop whole. */
const ofTransport = /^src\/entry\/|^src\/platform\/(?:http|stdio|node|auth|legacy)\/|^src\/platform\/state\/(?:open|settings)\.ts$|^test\/[^/]+\.test\.ts$|^test\/caller\.ts$|^test\/e2e\/|^dev\/|^deploy\/|^docs\/|^Dockerfile$|^compose\.yaml$|^\.dockerignore$|^\.github\/workflows\/release-bundle\.yml$/;

/** What describes the whole repository and so names its transport. */
const descriptive = new Set(['package.json', '.mcp-gen.json', '.mcp.json', '.env.example', 'README.md', 'AGENTS.md', 'server.json', 'Dockerfile', 'compose.yaml']);

/** Repositories that differ in nothing but the transport. */
const families = [...new Set(repos.map(othersOf))].map((others) => repos.filter((repo) => othersOf(repo) === others)).filter((family) => family.length > 1);

/** Those that every transport allows. */
const ofAll = families.filter((family) => family.length === 3);

function othersOf({ answers }: Repo): string {
  return label({ ...answers, transport: 'http' });
}

function pairsOf(family: readonly Repo[]): [Repo, Repo][] {
  return family.flatMap((a, index) => family.slice(index + 1).map((b): [Repo, Repo] => [a, b]));
}

function differing([a, b]: [Repo, Repo]): string[] {
  return [...new Set([...a.files.keys(), ...b.files.keys()])].filter((file) => a.files.get(file) !== b.files.get(file));
}

describe('another transport', () => {
  test('has repositories to compare', () => {
    expect(ofAll.length).toBeGreaterThanOrEqual(96);
  });

  test('R012 leaves tools, resources, prompts, services, identity, configuration, their tests and the lock as they are', () => {
    const changed = families.flatMap(pairsOf).flatMap((pair) => differing(pair).filter((file) => owned.test(file)).map((file) => `${file} [${label(pair[1].answers)}]`));
    expect(changed).toEqual([]);
    expect([...(repos[0]?.files.keys() ?? [])].filter((file) => owned.test(file)).length).toBeGreaterThan(10);
  });

  test('R012 changes only entries, the platform of a transport, targets and what describes the repository', () => {
    const changed = families.flatMap(pairsOf).flatMap((pair) => differing(pair).filter((file) => !ofTransport.test(file) && !descriptive.has(file)).map((file) => `${file} [${label(pair[1].answers)}]`));
    expect(changed.slice(0, 8)).toEqual([]);
  });

  test('R012 rewrites no source file: what both have is the same in both', () => {
    const rewritten = families.flatMap(pairsOf).flatMap((pair) => differing(pair).filter((file) => /^(?:src|test)\//.test(file) && pair.every(({ files }) => files.has(file))));
    expect([...new Set(rewritten)]).toEqual([]);
  });

  test('R010 both transports serve from one set of tools: its files are those of http and of stdio together', () => {
    for (const family of ofAll) {
      const paths = (transport: Answers['transport']) => [...(family.find(({ answers }) => answers.transport === transport)?.files.keys() ?? [])].filter((file) => file.startsWith('src/'));
      expect(paths('both').toSorted()).toEqual([...new Set([...paths('http'), ...paths('stdio')])].toSorted());
    }
  });
});

const strings = remembered(stringsOf);
const code = remembered(codeOf);

describe('every combination', () => {
  test('R003 has no route of the HTTP+SSE transport', () => {
    const found = repos.flatMap(({ files, answers }) =>
      [...files].filter(([file]) => !file.startsWith('test/')).flatMap(([file, text]) => {
        const routes = /\.(?:ts|mjs)$/.test(file) ? strings(file, text) : text.split(/[\s"'`]+/);
        return routes.filter((one) => /(?:^|[^\w/])\/(?:sse|messages?)(?:\/|$|\?)|SSEServerTransport|\/sse\.js$/.test(one)).map((one) => `${file}: ${one} [${label(answers)}]`);
      }),
    );
    expect(found).toEqual([]);
  });

  test('R100 knows of no token, issuer or HTTP when it is stdio only', () => {
    const local = repos.filter(({ answers }) => answers.transport === 'stdio');
    const found = local.flatMap((repo) => [
      ...Object.keys(packageOf(repo).dependencies).filter((name) => !['@modelcontextprotocol/server', 'cockatiel', 'ipaddr.js', 'undici', 'zod'].includes(name) && !name.startsWith('@opentelemetry/')).map((name) => `depends on ${name}`),
      ...[...repo.files.keys()].filter((file) => /(?:^|\/)(?:o?auth|http)(?:\/|[.-]|$)/.test(file)).map((file) => `has ${file}`),
      // What it identifies itself with to APIs of others is no token of its callers.
      ...scripts(repo.files).filter(([file, text]) => file.startsWith('src/') && !file.startsWith('src/platform/upstream/') && /oauth|jwks|\bjose\b|bearer|www-authenticate|\bhono\b/i.test(code(file, text))).map(([file]) => `${file} speaks of tokens`),
      ...environmentLines(repo.files.get('.env.example') ?? '').map(([, name = '']) => name).filter((name) => /OAUTH|ALLOW_|^HOST$|^PORT$|_URL$/.test(name)).map((name) => `reads ${name}`),
    ]);
    expect(local.length).toBeGreaterThan(0);
    expect([...new Set(found)]).toEqual([]);
  });
});
