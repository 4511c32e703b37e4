import { describe, expect, test, vi } from 'vitest';
import type { Ask, Option } from '../../src/interview/ask.ts';
import type { AuthProvider, DeployTarget, SessionStore } from '../../src/features/feature.ts';

/** Choices that are not offered yet, so that every rule can be met. */
const synthetic = vi.hoisted(() => ({
  auth: [{ id: 'provider', title: 'PROVIDER', hint: '', templates: [], inputs: [] }] satisfies AuthProvider[],
  session: [
    { id: 'in-process', title: 'IN-PROCESS', hint: '', templates: [], reach: 'process', keeps: '', lost: { killed: '', store: '', legacy: '' } },
    { id: 'anywhere', title: 'ANYWHERE', hint: '', templates: [], reach: 'shared', keeps: '', lost: { killed: '', store: '', legacy: '' } },
  ] satisfies SessionStore[],
  deploy: [
    { id: 'cluster', title: 'CLUSTER', hint: '', templates: [], kind: 'network', severalInstances: true, use: { network: '', stdio: '' } },
    { id: 'one-machine', title: 'ONE-MACHINE', hint: '', templates: [], kind: 'network', severalInstances: false, use: { network: '', stdio: '' } },
    { id: 'walled', title: 'WALLED', hint: '', templates: [], kind: 'network', severalInstances: false, sharedState: { severity: 'refused', why: 'no way out.' }, use: { network: '', stdio: '' } },
    { id: 'dear', title: 'DEAR', hint: '', templates: [], kind: 'network', severalInstances: false, sharedState: { severity: 'warned', why: 'costs.' }, use: { network: '', stdio: '' } },
  ] satisfies DeployTarget[],
}));

vi.mock('../../src/features/index.ts', async (original) => {
  const real = await original<typeof import('../../src/features/index.ts')>();
  return {
    ...real,
    authProviders: [...real.authProviders, ...synthetic.auth],
    sessionStores: [...real.sessionStores, ...synthetic.session],
    deployTargets: [...real.deployTargets, ...synthetic.deploy],
  };
});

const { judge, refusal, rules } = await import('../../src/answers/rules.ts');
const { interview } = await import('../../src/interview/interview.ts');
const { invoke, scratch, snapshot } = await import('../cli/invoke.ts');

type Words = readonly [transport: string, auth: string, session: string, deploy: string];
const answers = (transport: string, auth: string, session: string, deploy: string) => ({ transport, auth, session, deploy: deploy.split(',') }) as Parameters<typeof judge>[0];
const refused = (given: Record<string, unknown>) => refusal(given)?.rule.name;
const met = (...words: Words) => judge(answers(...words)).map(({ rule }) => rule.name);

describe('compatibility rules', () => {
  const rows: readonly [rule: string, severity: string, meets: Words, spared: readonly Words[]][] = [
    ['stdio-with-auth', 'refused', ['stdio', 'provider', 'stateless', 'npm'], [['http', 'provider', 'stateless', 'npm'], ['both', 'provider', 'stateless', 'npm'], ['stdio', 'none', 'stateless', 'npm']]],
    ['stdio-with-session-store', 'refused', ['stdio', 'none', 'in-process', 'npm'], [['http', 'none', 'in-process', 'npm'], ['both', 'none', 'in-process', 'npm'], ['stdio', 'none', 'stateless', 'npm']]],
    ['stdio-with-session-store', 'refused', ['stdio', 'none', 'anywhere', 'npm'], [['http', 'none', 'anywhere', 'npm']]],
    ['stdio-with-network-target', 'refused', ['stdio', 'none', 'stateless', 'one-machine'], [['http', 'none', 'stateless', 'one-machine'], ['both', 'none', 'stateless', 'one-machine'], ['stdio', 'none', 'stateless', 'npm']]],
    ['process-state-with-several-instances', 'refused', ['http', 'none', 'in-process', 'cluster'], [['http', 'none', 'in-process', 'npm'], ['http', 'none', 'anywhere', 'cluster']]],
    ['nothing-shared-by-several-instances', 'warned', ['http', 'none', 'stateless', 'cluster'], [['http', 'none', 'stateless', 'one-machine'], ['http', 'none', 'anywhere', 'cluster'], ['http', 'none', 'stateless', 'npm']]],
    ['shared-state-out-of-reach', 'refused', ['http', 'none', 'anywhere', 'walled'], [['http', 'none', 'stateless', 'walled'], ['http', 'none', 'anywhere', 'one-machine']]],
    ['shared-state-at-a-price', 'warned', ['http', 'none', 'anywhere', 'dear'], [['http', 'none', 'stateless', 'dear'], ['http', 'none', 'anywhere', 'one-machine']]],
    ['process-state-in-one-instance', 'warned', ['http', 'none', 'in-process', 'one-machine'], [['http', 'none', 'in-process', 'npm'], ['http', 'none', 'anywhere', 'one-machine'], ['http', 'none', 'stateless', 'one-machine']]],
    ['stdio-in-docker', 'warned', ['stdio', 'none', 'stateless', 'docker'], [['http', 'none', 'stateless', 'docker'], ['both', 'none', 'stateless', 'docker'], ['stdio', 'none', 'stateless', 'npm']]],
  ];
  test.each(rows)('%s is %s for %j alone', (rule, severity, meets, spared) => {
    expect(judge(answers(...meets)).map((verdict) => [verdict.rule.name, verdict.rule.severity])).toEqual([[rule, severity]]);
    for (const words of spared) expect(met(...words)).toEqual([]);
  });

  test('none is without a row here', () => {
    expect(new Set(rules.map(({ name }) => name))).toEqual(new Set(rows.map(([name]) => name)));
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  test.each(rows)('%s (%s) names the pair %j and, refused, what to take instead', (_rule, severity, words) => {
    const [verdict] = judge(answers(...words));
    const flags = [['--transport', words[0]], ['--auth', words[1]], ['--session', words[2]], ['--deploy', words[3]]].map((pair) => pair.join(' '));
    expect(flags.filter((flag) => verdict?.reason.includes(flag))).toHaveLength(2);
    expect(severity === 'refused' ? verdict?.rule.instead : 'Take --x y.').toMatch(/^Take --\S+ \S+(?:,? or .+)?\.$/);
  });

  test('a target that is refused refuses the run, whatever stands beside it', () => {
    expect(met('http', 'none', 'in-process', 'docker,one-machine,cluster')).toEqual(['process-state-with-several-instances', 'process-state-in-one-instance', 'process-state-in-one-instance']);
  });

  test('refusals come before warnings, and a reason that several targets share comes once', () => {
    expect(met('stdio', 'provider', 'stateless', 'docker,npm')).toEqual(['stdio-with-auth', 'stdio-in-docker']);
  });

  test('judge what is given, and take the rest as harmless', () => {
    expect(refused({})).toBeUndefined();
    for (const given of [{ transport: 'stdio' }, { auth: 'provider' }, { session: 'in-process' }, { deploy: ['cluster'] }]) expect(refused(given)).toBeUndefined();
    expect(refused({ transport: 'stdio', auth: 'provider' })).toBe('stdio-with-auth');
    expect(refused({ session: 'in-process', deploy: ['cluster'] })).toBe('process-state-with-several-instances');
    expect(refused({ transport: 'stdio', deploy: ['docker'] })).toBeUndefined();
  });
});

describe('a refused combination', () => {
  test.each([
    [['--transport', 'stdio', '--auth', 'provider', '--yes'], '--transport stdio with --auth provider', 'Take --auth none, or --transport http.'],
    [['--session', 'in-process', '--deploy', 'cluster', '--yes'], '--session in-process with --deploy cluster', 'Take --session redis or stateless.'],
    [['--transport', 'stdio', '--deploy', 'npm,cluster'], '--transport stdio with --deploy cluster', 'Take --transport http or both, or --deploy npm.'],
  ])('%j ends with 2, the pair and what to take instead', async (argv, pair, instead) => {
    const cwd = scratch();
    const { code, stderr } = await invoke('create-mcp-server', ['a-server', ...argv], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(pair);
    expect(stderr).toContain(`\n${instead}\n`);
    expect(snapshot(cwd)).toEqual({});
    const json = await invoke('create-mcp-server', ['a-server', ...argv, '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: 'refused_combination', hint: instead } });
  });
});

describe('the interview', () => {
  /** Takes the first choice that is open, and remembers what was offered. */
  class Scripted {
    readonly offered: Record<string, Record<string, string | undefined>> = {};
    one<T extends string>(message: string, options: readonly Option<T>[]): Promise<T> {
      return Promise.resolve(this.#take(message, options));
    }
    some<T extends string>(message: string, options: readonly Option<T>[]): Promise<T[]> {
      return Promise.resolve([this.#take(message, options)]);
    }
    text = (_message: string, initial: string) => Promise.resolve(initial);
    yes = () => Promise.resolve(true);
    #take<T extends string>(message: string, options: readonly Option<T>[]): T {
      this.offered[message] = Object.fromEntries(options.map(({ value, ruledOut }) => [value, ruledOut]));
      const open = options.find((option) => option.ruledOut === undefined);
      if (open === undefined) throw new Error(`nothing is left to choose: ${message}`);
      return open.value;
    }
  }

  async function held(given: Record<string, unknown>) {
    const ask = new Scripted();
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const settled = await interview({ directory: 'a-server', given, fallback: 'a-server', directoryFault: () => undefined }, ask as unknown as Ask);
    const spoken = said.mock.calls.map(([text]) => String(text)).join('');
    said.mockRestore();
    return { answers: settled.given, offered: ask.offered, spoken };
  }

  test('shows what an earlier answer rules out, with its reason', async () => {
    const { offered } = await held({ transport: 'http', auth: 'none', session: 'in-process' });
    expect(offered['Where will it run?']).toMatchObject({ docker: undefined, npm: undefined, walled: undefined, kubernetes: expect.stringContaining('several instances') as unknown, cluster: expect.stringContaining('several instances') as unknown, 'one-machine': undefined });
  });

  test('says, and does not ask, where one choice is left', async () => {
    const { offered, spoken, answers: settled } = await held({ transport: 'stdio', deploy: ['npm'] });
    expect(Object.keys(offered)).toEqual([]);
    expect(settled).toMatchObject({ auth: 'none', session: 'stateless' });
    expect(spoken).toContain('Who signs users in? None');
    expect(spoken).toMatch(/OpenID Connect.*, PROVIDER: --transport stdio with --auth /);
    expect(spoken).toContain('IN-PROCESS, ANYWHERE: --transport stdio with --session ');
  });

  test('rules out an earlier question by the flag of a later one', async () => {
    const { offered } = await held({ auth: 'provider' });
    expect(offered['How will clients reach the server?']).toEqual({ http: undefined, stdio: expect.stringContaining('--auth provider') as unknown, both: undefined });
  });
});
