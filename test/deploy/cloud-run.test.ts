import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compilerFaults } from './compiler.ts';
import { filesOf } from './repo.ts';

const variants = {
  'auth none, stateless': filesOf({ transport: 'http', auth: 'none', deploy: ['cloud-run'] }),
  'keycloak, redis': filesOf({ transport: 'both', auth: 'keycloak', issuer: 'https://sso.example.com/realms/main', session: 'redis', deploy: ['docker', 'cloud-run'] }),
} as const;

interface Metadata {
  readonly name?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

interface Service {
  readonly metadata: Metadata;
  readonly spec: {
    readonly template: {
      readonly metadata: Metadata;
      readonly spec: {
        readonly timeoutSeconds: number;
        readonly serviceAccountName: string;
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
          readonly ports: unknown;
          readonly startupProbe: Probe;
          readonly livenessProbe: Probe;
        }[];
      };
    };
  };
}

const serviceIn = (files: ReadonlyMap<string, string>): Service => parse(files.get('deploy/cloud-run/service.yaml') ?? '') as Service;

/** The types of Google's API for Cloud Run, generated from its own description. */
const faultsIn = (value: unknown): string => compilerFaults([{ from: '@googleapis/run', type: 'run_v1.Schema$Service', value }]);

/** The annotations of a kind, as that description lists them: the types leave their names open. */
function annotationsOf(kind: 'Service' | 'Revision'): string[] {
  const types = readFileSync(path.join(path.dirname(createRequire(import.meta.url).resolve('@googleapis/run')), 'v1.d.ts'), 'utf8');
  const [, metadata = ''] = /interface Schema\$ObjectMeta \{([\s\S]*?)\n    \}/.exec(types) ?? [];
  return [...metadata.matchAll(/`([\w./-]+)`: ([\w, ]+)/g)].filter(([, , kinds = '']) => kinds.split(/\W+/).includes(kind)).map(([, name = '']) => name);
}

const environmentOf = (service: Service | undefined) => service?.spec.template.spec.containers[0]?.env.map(({ name, value }) => [name, value]);

describe.each(Object.entries(variants))('deploy/cloud-run, %s', (_title, files) => {
  const service = serviceIn(files);
  const { metadata, spec } = service.spec.template;
  const [container] = spec.containers;
  if (!container) throw new Error('no container');

  test('has the types of its kind, and no key that is not there', () => {
    expect(faultsIn(service)).toBe('');
  });

  test('has no annotation that its kind does not know', () => {
    expect(Object.keys(service.metadata.annotations).filter((key) => !annotationsOf('Service').includes(key))).toEqual([]);
    expect(Object.keys(metadata.annotations).filter((key) => !annotationsOf('Revision').includes(key))).toEqual([]);
  });

  test('R159 runs nothing while nobody calls, ten instances at most, and each with its CPU all the time', () => {
    expect(metadata.annotations).toMatchObject({ 'autoscaling.knative.dev/minScale': '0', 'autoscaling.knative.dev/maxScale': '10', 'run.googleapis.com/cpu-throttling': 'false', 'run.googleapis.com/startup-cpu-boost': 'true' });
  });

  test('R111 lets traffic in when it is ready, and restarts only what does not live', () => {
    expect([container.startupProbe.httpGet, container.livenessProbe.httpGet]).toEqual([{ path: '/readyz', port: 3000 }, { path: '/healthz', port: 3000 }]);
    expect(container.ports).toEqual([{ name: 'http1', containerPort: 3000 }]);
    expect(files.get('Dockerfile')).toContain('\nEXPOSE 3000\n');
    for (const { periodSeconds, timeoutSeconds } of [container.startupProbe, container.livenessProbe]) expect(timeoutSeconds).toBeLessThanOrEqual(periodSeconds);
    // Google waits no longer for an instance to start.
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBeLessThanOrEqual(240);
  });

  test('a request may last longer than the longest call, and an idle instance is gone before Google kills it', () => {
    const [, deadline] = /DEFAULT_TIMEOUT_MS = (\d+)_000/.exec(files.get('src/platform/call/deadline.ts') ?? '') ?? [];
    expect(Number(deadline)).toBeGreaterThan(0);
    expect(spec.timeoutSeconds).toBeGreaterThan(Number(deadline) + 5);
    const drain = files.get('src/platform/node/drain.ts') ?? '';
    const [, notice] = /Math\.min\((\d+)_000, graceMs/.exec(drain) ?? [];
    const [, flush] = /FLUSH_MS = (\d+)_000/.exec(drain) ?? [];
    expect(Number(notice) + Number(flush)).toBe(6);
    expect(files.get('README.md')).toContain('which are gone after 6 s');
  });

  test('R041 names its secrets by version and holds none', () => {
    const secrets = container.env.filter(({ name }) => /SECRET|REDIS_URL/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.map(({ name, valueFrom, value }) => [name, valueFrom, value])).toEqual(secrets.map(({ name }) => [name, { secretKeyRef: { name: `orders-${name}`, key: '1' } }, undefined]));
    expect(spec.serviceAccountName).toMatch(/^mcp-server@/);
  });
});

test('what is told is what the answers need and gave', () => {
  const [none, keycloak] = Object.values(variants).map((files) => serviceIn(files));
  expect(environmentOf(none)).toEqual([['MCP_PUBLIC_URL', 'https://mcp.example.com/mcp'], ['TRUSTED_PROXY_HOPS', '1'], ['ALLOW_UNAUTHENTICATED', ''], ['MCP_SECRET', undefined]]);
  expect(environmentOf(keycloak)).toEqual([['MCP_PUBLIC_URL', 'https://mcp.example.com/mcp'], ['TRUSTED_PROXY_HOPS', '1'], ['KEYCLOAK_ISSUER', 'https://sso.example.com/realms/main'], ['MCP_SECRET', undefined], ['REDIS_URL', undefined]]);
});

test('Google lets everyone through where the server signs in, and nobody else where it does not', () => {
  const [none, keycloak] = Object.values(variants).map((files) => serviceIn(files).metadata.annotations['run.googleapis.com/invoker-iam-disabled']);
  expect([none, keycloak]).toEqual(['false', 'true']);
});

test('only what shares state has a way into a network', () => {
  const [none, keycloak] = Object.values(variants).map((files) => serviceIn(files).spec.template.metadata.annotations);
  expect(Object.keys(none ?? {}).filter((key) => /network|vpc/.test(key))).toEqual([]);
  expect(JSON.parse(keycloak?.['run.googleapis.com/network-interfaces'] ?? '')).toEqual([{ network: 'default', subnetwork: 'default' }]);
});

test('what the compiler and the list are asked finds a misspelt key, a wrong type and a misspelt annotation', () => {
  const text = JSON.stringify(serviceIn(variants['auth none, stateless']));
  for (const wrong of [text.replace('startupProbe', 'startProbe'), text.replace('"timeoutSeconds":300', '"timeoutSeconds":"300"'), text.replace('secretKeyRef', 'secretRef')]) {
    expect(wrong).not.toBe(text);
    expect(faultsIn(JSON.parse(wrong))).toContain('error TS');
  }
  expect(annotationsOf('Revision')).not.toContain('autoscaling.knative.dev/minScales');
  expect(annotationsOf('Service')).not.toContain('run.googleapis.com/cpu-throttling');
});
