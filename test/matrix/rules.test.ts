import { describe, expect, test } from 'vitest';
import { rules, judge as judgeOurs } from '../../src/answers/rules.ts';
import type { Choice } from '../../src/answers/rules.ts';
import { authProviders, deployTargets, sessionStores, transports } from '../../src/features/index.ts';
import type { Feature } from '../../src/features/index.ts';
import { choices } from './combinations.ts';
import { contract, judge, subsets } from './oracle.ts';
import type { Combination, Pair } from './oracle.ts';

type Severity = 'refused' | 'warned';

function name(combination: Combination): string {
  return `${combination.transport} ${combination.auth} ${combination.session} ${combination.deploy.join()}`;
}

/** `--transport x with --auth y` for the pair `transport:x`, `auth:y`. */
function wording(pair: Pair): string {
  return `${pair.map((value) => `--${value.replace(':', ' ')}`).join(' with ')}:`;
}

function offered(features: readonly Feature[]): string[] {
  return features.map(({ id }) => id);
}

function met(rule: (typeof rules)[number]): boolean {
  return everything.some((one) => rule.applies(imagined(one.transport, one.auth, one.session, one.deploy)));
}

function feature(id: string) {
  return { id, title: id, hint: id, templates: [] };
}

describe('compatibility rules over everything that is offered', () => {
  test.each(['refused', 'warned'] satisfies Severity[])('%s agrees with the oracle for every combination, pair by pair', (severity) => {
    const differing = choices.filter((choice) => {
      const reasons = judgeOurs(choice).filter(({ rule }) => rule.severity === severity).map(({ reason }) => reason);
      const expected = judge(choice)[severity].map(wording);
      return reasons.length !== expected.length || !expected.every((start) => reasons.some((reason) => reason.startsWith(start)));
    });
    expect(differing.map(name)).toEqual([]);
  });

  test('what is offered is named by the contract, and the first of each is its default', () => {
    expect(contract.transport).toEqual(offered(transports));
    expect(contract.auth).toEqual(expect.arrayContaining(offered(authProviders)));
    expect(contract.session).toEqual(expect.arrayContaining(offered(sessionStores)));
    expect(contract.deploy).toEqual(expect.arrayContaining(offered(deployTargets)));
    expect(sessionStores[0].id).toBe(contract.session[0]);
  });
});

/**
 * What later issues add is judged by the traits it will have, so that a rule that reads traits holds for it from its first day.
 * The table ends when the features exist: the tests above then cover them.
 */
const traits = {
  transport: Object.fromEntries(transports.map((one) => [one.id, { network: one.network, stdio: one.stdio }])),
  session: { stateless: 'none', memory: 'process', redis: 'shared' } as const,
  deploy: {
    docker: ['either', false], npm: ['local', false], kubernetes: ['network', true], lambda: ['network', true], ecs: ['network', true],
    cloudflare: ['network', true], 'cloud-run': ['network', true], fly: ['network', false], systemd: ['network', false],
  } as const,
  sharedState: { cloudflare: { severity: 'refused', why: '' }, lambda: { severity: 'warned', why: '' }, 'cloud-run': { severity: 'warned', why: '' } } as const,
};

function imagined(transport: string, auth: string, session: (typeof contract.session)[number], deploy: (typeof contract.deploy)[number]): Choice {
  const [kind, severalInstances] = traits.deploy[deploy];
  const sharedState = Object.entries(traits.sharedState).find(([target]) => target === deploy)?.[1];
  return {
    transport: { ...feature(transport), network: false, stdio: false, defaultAuth: 'none', defaultDeploy: 'docker', start: '', ...traits.transport[transport] },
    auth: feature(auth),
    session: { ...feature(session), reach: traits.session[session], keeps: '', lost: { killed: '', store: '', legacy: '' } },
    deploy: { ...feature(deploy), kind, severalInstances, ...(sharedState && { sharedState }), ...(deploy === 'cloudflare' && { placed: { where: '', use: '', operations: {} } }), use: { network: '', stdio: '' } },
  };
}

const everything = contract.transport.flatMap((transport) =>
  contract.auth.flatMap((auth) => contract.session.flatMap((session) => contract.deploy.map((deploy) => ({ transport, auth, session, deploy })))),
);

describe('compatibility rules over everything the contract names', () => {
  test('refuses exactly what the oracle refuses', () => {
    const differing = everything.filter((one) => {
      const choice = imagined(one.transport, one.auth, one.session, one.deploy);
      const refused = rules.filter((rule) => rule.severity === 'refused' && rule.applies(choice)).map((rule) => rule.reason(choice));
      const expected = judge({ ...one, deploy: [one.deploy] }).refused.map(wording);
      return refused.length !== expected.length || !expected.every((start) => refused.some((reason) => reason.startsWith(start)));
    });
    expect(differing).toEqual([]);
  });

  test('every rule is met by something, and a refusal says what to take instead', () => {
    expect(rules.filter((rule) => !met(rule)).map((rule) => rule.name)).toEqual([]);
    expect(rules.filter((rule) => rule.severity === 'refused' && !/--\w+/.test(rule.instead ?? '')).map((rule) => rule.name)).toEqual([]);
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  });
});

describe('the oracle', () => {
  test.each<[string, string, string, string[], number, number]>([
    ['stdio', 'none', 'stateless', ['npm'], 0, 0],
    ['stdio', 'none', 'stateless', ['docker'], 0, 1],
    ['stdio', 'oidc', 'redis', ['npm', 'fly'], 3, 0],
    ['http', 'oidc', 'memory', ['docker', 'kubernetes'], 1, 1],
    ['both', 'none', 'redis', ['cloudflare'], 1, 0],
    ['http', 'none', 'redis', ['lambda', 'cloud-run', 'docker'], 0, 2],
    ['http', 'none', 'stateless', ['ecs', 'npm'], 0, 1],
  ])('judges %s, %s, %s on %s as the contract does', (transport, auth, session, deploy, refused, warned) => {
    const verdict = judge({ transport, auth, session, deploy });
    expect([verdict.refused.length, verdict.warned.length]).toEqual([refused, warned]);
  });

  test('looks at each target alone, in pairs and all at once', () => {
    expect(subsets(['a', 'b', 'c'])).toEqual([['a'], ['b'], ['c'], ['a', 'b'], ['a', 'c'], ['b', 'c'], ['a', 'b', 'c']]);
    expect(subsets(['a', 'b'])).toEqual([['a'], ['b'], ['a', 'b']]);
  });
});
