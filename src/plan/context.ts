import type { Answers } from '../answers/schema.ts';
import { shellWord, toArguments } from '../answers/command.ts';
import { unscoped } from '../answers/name.ts';
import { inputVariables } from '../answers/provider-inputs.ts';
import { authProviders, byId, deployTargets, packageManagers, sessionStores, transports } from '../features/index.ts';
import type { AuthProvider, DeployTarget, Feature, Operations, PackageManager, ReadmeSection, SessionStore, Transport } from '../features/index.ts';
import { silenceSeconds, stopSeconds } from '../features/grace.ts';
import { besideEachOther } from '../features/targets/hosts.ts';
import { howToBundle, severalByCompose } from '../features/targets/packages.ts';
import { isBundled } from './chosen.ts';

/** The values templates may use, all of them always present: a template that asks for anything else does not compile in the tests. */
export function templateContext(answers: Answers, features: readonly Feature[], version: string) {
  const transport = transports.find((one) => one.id === answers.transport) ?? transports[0];
  const store = byId<SessionStore>(sessionStores, answers.session);
  const placed = placesOf(answers, store);
  const packageManager: PackageManager = packageManagers.find((one) => one.id === answers.packageManager) ?? packageManagers[0];
  return {
    name: answers.name,
    /** The name without its scope. */
    slug: unscoped(answers.name),
    title: answers.title,
    description: answers.description,
    transport: answers.transport,
    http: transport.network,
    stdio: transport.stdio,
    auth: answers.auth,
    /** Whether the server itself knows who calls. */
    signsIn: answers.auth !== 'none',
    session: answers.session,
    /** What outlasts a request. */
    keeps: [store.keeps, ...placed.map(({ where }) => where)].join(' '),
    /** Whether there is a place for it on a platform of several instances. */
    objects: placed.length > 0,
    /** What is lost when. */
    lost: store.lost,
    operations: operationsOf([...features, ...placed]),
    deploy: answers.deploy,
    /** Whether there is a Dockerfile. */
    image: features.some(({ templates }) => templates.includes('deploy/docker')),
    /** Whether Compose starts other images than the server's. */
    composeImages: answers.deploy.includes('docker') && store.reach === 'shared',
    stopSeconds,
    silenceSeconds,
    /** Where the instances listen on a machine that runs them beside each other. */
    ports: besideEachOther[store.reach].ports,
    /** Whether they know of each other's calls. */
    shared: store.reach === 'shared',
    dnsName: dnsNameOf(answers),
    /** What this server must be told in production and nobody need hide, beside MCP_PUBLIC_URL; a value where the answers gave one. */
    required: requiredOf(answers),
    /** What Compose tells it beside what every server is told, each as one machine needs it. */
    composed: composedOf(answers, store),
    /** What it must be told and nobody else may know. */
    secrets: secretsOf(store),
    /** Those that the owner has to keep somewhere. */
    kept: secretsOf(store).filter((name) => name !== 'MCP_SECRET'),
    /** Every variable of the server that is no secret and that a platform does not set itself. */
    open: openOf(answers, features),
    example: answers.example,
    namespace: answers.namespace ?? '',
    securityContact: contactUri(answers.securityContact ?? ''),
    packageManager: answers.packageManager,
    lockfile: packageManager.lockfile,
    install: `${packageManager.id} install`,
    ci: packageManager.ci,
    /** The install where there is no lockfile. */
    unlocked: [packageManager.id, ...packageManager.install].join(' '),
    imageSetup: packageManager.imageSetup,
    installFiles: [packageManager.lockfile, ...(packageManager.settings === undefined ? [] : [packageManager.settings])],
    run: packageManager.run,
    separator: packageManager.separator,
    start: transport.start,
    commands: commandsOf(transport, features),
    mcpName: `${answers.namespace ?? ''}/${unscoped(answers.name)}`,
    sections: sectionsOf(answers, transport.network).map(({ title, body }) => ({ title, body: body.replaceAll('<name>', answers.name).replaceAll('npm run', packageManager.run) })),
    command: [packageManager.create.replace('@latest', `@${version}`), ...toArguments(answers).map(shellWord)].join(' '),
    version,
  };
}

/** The scripts a README should name, with what they are for. */
function commandsOf({ network, stdio }: Transport, features: readonly Feature[]): { name: string; about: string }[] {
  const about: Readonly<Record<string, string>> = {
    dev: network ? 'starts the server from source and restarts it when a file changes' : 'opens a prompt that calls tools',
    'dev:auth': 'starts the local authorization server alone',
    'dev:stdio': 'opens a prompt that calls tools over stdio',
    verify: 'lint, types, tests, index files and lock: what CI runs',
    'test:e2e': 'builds it and talks to it over the real transport',
    build: 'one file per entry in `dist/`',
    start: 'starts what was built',
    ...(network && stdio ? { 'start:stdio': 'the same over stdio' } : {}),
    bundle: 'makes a file that clients install by a click',
    lock: 'writes `tools.lock.json` anew and says what its changes mean to agents',
    inspect: 'opens the MCP Inspector',
  };
  return Object.entries(about)
    .filter(([name]) => features.some((feature) => feature.scripts?.[name] !== undefined))
    .map(([name, text]) => ({ name, about: text }));
}

/** Where platforms of several instances keep what one process would. */
function placesOf({ deploy }: Answers, { reach }: SessionStore) {
  const targets: readonly DeployTarget[] = deployTargets.filter((target) => deploy.includes(target.id));
  return reach === 'process' ? targets.flatMap(({ placed }) => placed ?? []) : [];
}

/** Every sign of trouble that the features know of, as the rows of Markdown tables. */
function operationsOf(features: readonly Pick<Feature, 'operations'>[]) {
  const rows = (kind: keyof Operations) =>
    features
      .flatMap(({ operations }) => operations?.[kind] ?? [])
      .map(({ sign, means, first }) => `| ${sign} | ${means} | ${first} |`)
      .join('\n');
  return { readiness: rows('readiness'), refusals: rows('refusals'), reasons: rows('reasons'), events: rows('events') };
}

/** What to do with each deploy target, and what features say for themselves. */
function sectionsOf(answers: Answers, network: boolean): ReadmeSection[] {
  const required = requiredOf(answers).map(({ assignment }) => `\`${assignment}\``).join(', ');
  const store = byId<SessionStore>(sessionStores, answers.session);
  const secrets = secretsOf(store).map((name) => `\`${name}\``).join(' and ');
  const each = secretsOf(store).map((name) => (name === 'MCP_SECRET' ? 'MCP_SECRET="$(openssl rand -base64 32)"' : `${name}="$${name}"`));
  const literals = each.map((assignment) => `--from-literal=${assignment}`).join(' ');
  const { ports, why } = besideEachOther[store.reach];
  const files = secretsOf(store).map((name) => `${name === 'MCP_SECRET' ? 'openssl rand -base64 32' : `printf %s "$${name}"`} | sudo install -m 600 /dev/stdin /etc/<app>/${name}`).join('\n');
  const open = answers.auth === 'none';
  const settings = open ? 'your address' : `your address and ${required.replaceAll('`', '')}`;
  const strangers = open ? 'Nobody signs in here, so both sites let in this machine only, until you name others in them.\n' : '';
  const several = store.reach === 'shared' ? severalByCompose : '';
  const proxied = store.reach === 'shared' ? ';\nnginx, in front of instances that come and go' : '';
  const bundle = isBundled(answers) ? howToBundle : '';
  const values = { bundle, slug: unscoped(answers.name), several, proxied, files, settings, strangers, instances: why, ports: ports.join(' '), required, secrets, literals, assignments: each.join(' '), stop: String(stopSeconds), app: dnsNameOf(answers) };
  const fill = (text: string): string => Object.entries(values).reduce((filled, [key, value]) => filled.replaceAll(`<${key}>`, () => value), text);
  const chosen: readonly DeployTarget[] = deployTargets.filter((target) => answers.deploy.includes(target.id));
  const targets = chosen.map(({ title, use, placed }) => {
    const atAddress = store.reach === 'process' ? (placed?.use ?? use.network) : use.network;
    return { title, body: fill(network ? atAddress : use.stdio) };
  });
  return [...signingIn(byId<AuthProvider>(authProviders, answers.auth), secretsOf(store)), operating(network), ...targets];
}

/** One variable: its value where the answers gave one, how a sentence names it, and what Compose puts in for one machine. */
interface Required {
  readonly name: string;
  readonly value: string;
  readonly assignment: string;
  readonly local: string;
  /** The same for a development overlay. */
  readonly development: string;
}

function requiredOf(answers: Answers): Required[] {
  // Nobody but this machine reaches what Compose publishes.
  if (answers.auth === 'none') return [{ name: 'ALLOW_UNAUTHENTICATED', value: '', assignment: 'ALLOW_UNAUTHENTICATED=true', local: 'true', development: 'true' }];
  return [...inputVariables(answers)].map(([name, { value = '' }]) => ({ name, value, assignment: name, local: `\${${name}:-}`, development: value }));
}

/** What instances share stands beside them, behind one proxy. */
function composedOf(answers: Answers, { reach }: SessionStore): { name: string; value: string }[] {
  const beside = reach === 'shared' ? { REDIS_URL: '${REDIS_URL:-redis://redis:6379}', TRUSTED_PROXY_HOPS: '${TRUSTED_PROXY_HOPS:-1}' } : {};
  return [...requiredOf(answers).map(({ name, local }) => ({ name, value: local })), ...Object.entries(beside).map(([name, value]) => ({ name, value }))];
}

/** Set by the platform, or of no use on one. */
const ofMachine = new Set(['HOST', 'PORT', 'NODE_ENV', 'DEV_AUTH_PORT', 'SHUTDOWN_GRACE_MS']);

function openOf(answers: Answers, features: readonly Feature[]): string[] {
  const names = [...inputVariables(answers).keys(), ...features.flatMap(({ environment = [] }) => environment.map(({ name }) => name))];
  return names.filter((name) => !ofMachine.has(name) && !['MCP_SECRET', 'REDIS_URL', 'OTEL_EXPORTER_OTLP_HEADERS'].includes(name));
}

function secretsOf({ reach }: SessionStore): string[] {
  return ['MCP_SECRET', ...(reach === 'shared' ? ['REDIS_URL'] : [])];
}

/** A label of DNS: what platforms let things be called. */
function dnsNameOf({ name }: Answers): string {
  return unscoped(name).slice(0, 40).replace(/-+$/, '');
}

function signingIn({ id, title, inputs }: AuthProvider, secrets: readonly string[]): ReadmeSection[] {
  if (id === 'none') return [];
  const needed = [...inputs.map(({ variable }) => variable), 'MCP_PUBLIC_URL', ...secrets].map((name) => `\`${name}\``);
  return [
    {
      title: 'Signing in',
      body: `\`npm run dev\` starts a local authorization server beside the server: MCP clients are sent to its page, where you are alice (tenant acme)
or bob (tenant globex). In production users sign in with ${title}: set ${needed.slice(0, -1).join(', ')} and ${needed.at(-1)};
\`docs/auth.md\` has the steps in its console and what to do when a token is refused. Who may do what is in \`src/access.ts\`.`,
    },
  ];
}

const operating = (network: boolean): ReadmeSection => ({
  title: 'When something is wrong',
  body: `\`docs/operate.md\` has every refusal${network ? ', every log event and every line of `/readyz`' : ' and every log event'}: what it means and what to do first. The answer of a failed call
has a \`correlation_id\`; with it and the log, the script \`gen\` with \`explain <correlation_id> server.log\` tells the life of that call.`,
});

export type TemplateContext = ReturnType<typeof templateContext>;

/** RFC 9116 wants a URI; an address alone becomes `mailto:`. */
function contactUri(contact: string): string {
  return contact === '' || /^(?:https:|mailto:)/.test(contact) ? contact : `mailto:${contact}`;
}
