import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { unavailable } from '../tree/command.ts';
import { compilerFaults } from './compiler.ts';
import { findKubectl } from './kubectl.ts';
import { filesOf, graceSeconds, onDisk } from './repo.ts';

const variants = {
  'auth none, stateless': filesOf({ transport: 'http', auth: 'none', deploy: ['kubernetes'] }),
  'keycloak, redis': filesOf({ transport: 'both', auth: 'keycloak', issuer: 'https://sso.example.com/realms/main', session: 'redis', deploy: ['docker', 'kubernetes'] }),
} as const;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // Shapes are what the compiler is asked about; tests read what they look for.
  readonly spec: Record<string, never>;
  readonly data?: Readonly<Record<string, string>>;
}

const manifestsIn = (files: ReadonlyMap<string, string>): [string, Manifest][] =>
  [...files].filter(([file]) => /^deploy\/kubernetes\/.*\.yaml$/.test(file) && !file.endsWith('/kustomization.yaml')).map(([file, text]) => [file, parse(text) as Manifest]);

const kubectl = findKubectl();
if (kubectl === undefined) unavailable('kubectl 1.21 or newer, to render overlays,');

const folders: string[] = [];
afterAll(() => {
  kubectl?.remove();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const faultsIn = (manifests: readonly Manifest[]): string => compilerFaults(manifests.map((value) => ({ from: `kubernetes-models/${value.apiVersion}/${value.kind}`, type: `I${value.kind}`, value })));

describe.each(Object.entries(variants))('deploy/kubernetes, %s', (_title, files) => {
  const manifests = manifestsIn(files);
  const one = (kind: string): Manifest => {
    const found = manifests.find(([, manifest]) => manifest.kind === kind);
    if (!found) throw new Error(`no ${kind}`);
    return found[1];
  };

  test('every manifest has the types of its kind, and no key that is not there', () => {
    expect(manifests.length).toBe(7);
    expect(faultsIn(manifests.map(([, manifest]) => manifest))).toBe('');
  });

  test('S117 the pod is as confined as the restricted profile wants it, and asks for what it needs', () => {
    const { template, strategy } = one('Deployment').spec as unknown as { template: { spec: Record<string, unknown> }; strategy: unknown };
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, resources: { requests: {}, limits: { memory: '512Mi' } } }],
    });
    expect(strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
    expect(one('Namespace').metadata).toMatchObject({ labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  });

  test('R111 liveness never asks what readiness asks, and Kubernetes waits longer than the server', () => {
    const { template } = one('Deployment').spec as unknown as { template: { spec: { terminationGracePeriodSeconds: number; containers: Record<string, { httpGet: { path: string } }>[] } } };
    const [container] = template.spec.containers;
    expect([container?.['startupProbe'], container?.['livenessProbe'], container?.['readinessProbe']].map((probe) => probe?.httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(graceSeconds(files) + 1);
    expect(template.spec.terminationGracePeriodSeconds).toBeLessThan(graceSeconds(files) + 30);
  });

  test('R041 names its secrets and holds none', () => {
    expect(manifests.map(([, { kind }]) => kind)).not.toContain('Secret');
    for (const overlay of ['dev', 'prod']) expect(files.get(`deploy/kubernetes/overlays/${overlay}/settings.env`)).not.toMatch(/SECRET|REDIS_URL/);
  });

  test('both overlays are rendered, settings and image in place', (context) => {
    if (kubectl === undefined) return context.skip('not proven on this machine, it lacks kubectl');
    const folder = onDisk(files);
    folders.push(folder);
    const render = (overlay: string): Manifest[] => parseAllDocuments(kubectl.kustomize(folder, `deploy/kubernetes/overlays/${overlay}`)).map((document) => document.toJS() as Manifest);
    const prod = render('prod');
    const deployment = prod.find(({ kind }) => kind === 'Deployment');
    const settings = prod.find(({ kind }) => kind === 'ConfigMap');
    expect(settings?.metadata.name).toMatch(/^orders-\w{10}$/);
    expect(settings?.data).toMatchObject({ NODE_ENV: 'production', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp' });
    expect(deployment?.spec).toMatchObject({ template: { spec: { containers: [{ image: 'registry.example.com/orders:0.1.0', envFrom: [{ configMapRef: { name: settings?.metadata.name } }, { secretRef: { name: 'orders' } }] }] } } });
    expect(prod.every(({ kind, metadata }) => kind === 'Namespace' || metadata.namespace === 'orders')).toBe(true);
    expect(faultsIn(prod)).toBe('');
    const dev = render('dev');
    expect(dev.map(({ kind }) => kind).toSorted()).toEqual(['ConfigMap', 'Deployment', 'NetworkPolicy', 'Service', 'ServiceAccount']);
    expect(dev.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({ replicas: 1, template: { spec: { containers: [{ envFrom: [{}, { secretRef: { optional: true } }] }] } } });
  });
});

test('what the compiler is asked finds a misspelt key, a wrong type and a missing field', () => {
  const [, deployment] = manifestsIn(variants['auth none, stateless']).find(([, { kind }]) => kind === 'Deployment') ?? [];
  const text = JSON.stringify(deployment);
  for (const wrong of [text.replace('readinessProbe', 'readynessProbe'), text.replace('"runAsNonRoot":true', '"runAsNonRoot":"yes"'), text.replace('"name":"server",', '')]) {
    expect(faultsIn([JSON.parse(wrong) as Manifest])).toContain('error TS');
  }
});

test('what the overlay is told is what the answers gave', () => {
  expect(variants['keycloak, redis'].get('deploy/kubernetes/overlays/prod/settings.env')).toContain('\nKEYCLOAK_ISSUER=https://sso.example.com/realms/main\n');
  expect(variants['auth none, stateless'].get('deploy/kubernetes/overlays/prod/settings.env')).toContain('\nALLOW_UNAUTHENTICATED=\n');
});
