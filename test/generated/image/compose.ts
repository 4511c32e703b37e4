import { parse } from 'yaml';
import * as z from 'zod';

/** `30s`, `1m30s`. @returns milliseconds. */
const duration = z.string().regex(/^(\d+m)?(\d+s)?$/).transform((text) => {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1_000;
});

/** What confines a container of one process, in the keys of the Compose Specification; a misspelt or widening key is refused. */
const confined = {
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string().regex(/^\d+m$/),
  pids_limit: z.int().positive(),
  restart: z.enum(['unless-stopped', 'on-failure', 'always']),
} as const;

const published = z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/));

const server = z.strictObject({
  build: z.literal('.'),
  ports: published.default([]),
  depends_on: z.strictObject({ redis: z.strictObject({ condition: z.literal('service_healthy') }) }).optional(),
  environment: z.record(z.string(), z.string()),
  env_file: z.tuple([z.strictObject({ path: z.literal('.env'), required: z.literal(false) })]),
  init: z.literal(true),
  tmpfs: z.tuple([z.literal('/tmp')]),
  stop_grace_period: duration,
  ...confined,
});

/** Somebody else's image, as a user by number: with a tag that says which version. */
const foreign = {
  image: z.string().regex(/^[\w./-]+:(?!latest)\d[\w.-]*$/),
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/),
  ...confined,
} as const;

const scratch = z.tuple([z.string().startsWith('/')]);

/** Only what is read is mounted, and so that nobody writes it. */
const mounted = z.tuple([z.string().regex(/^\.\/deploy\/[\w./-]+:\/[\w./-]+:ro$/)]);

const proxy = z.strictObject({ ...foreign, tmpfs: scratch, ports: published, volumes: mounted, stop_grace_period: duration });

const healthcheck = z.strictObject({ test: z.array(z.string()), interval: duration, timeout: duration, retries: z.int() });
const redis = z.strictObject({ ...foreign, tmpfs: scratch, command: z.array(z.string()), healthcheck });

const collector = z.strictObject({ ...foreign, ports: published, volumes: mounted });

const file = z.strictObject({ services: z.union([z.strictObject({ server }), z.strictObject({ server, proxy, redis })]) });

export type Services = { readonly server: z.output<typeof server> } & Partial<{ readonly proxy: z.output<typeof proxy>; readonly redis: z.output<typeof redis> }>;

/** The services of a compose file. @throws where one is not as hard as it has to be. */
export function readServices(text: string, variables: Readonly<Record<string, string>> = {}): Services {
  return file.parse(parse(text, (_key, value) => (typeof value === 'string' ? interpolate(value, variables) : value))).services;
}

/** What a second file adds to a first: to the environment of the server, and a collector. @throws where that is not as hard as it has to be. */
export function readCollector(text: string): { readonly added: Readonly<Record<string, string>>; readonly collector: z.output<typeof collector> } {
  const added = z.strictObject({ environment: z.record(z.string(), z.string()) });
  const { services } = z.strictObject({ services: z.strictObject({ server: added, collector }) }).parse(parse(text));
  return { added: services.server.environment, collector: services.collector };
}

/** The one service of a compose file. @throws where it is not as hard as it has to be, or not alone. */
export function readCompose(text: string, variables: Readonly<Record<string, string>> = {}): Services['server'] {
  const { server: alone, ...others } = readServices(text, variables);
  if (Object.keys(others).length > 0) throw new Error(`beside the server there is ${Object.keys(others).join(', ')}`);
  return alone;
}

/** `${NAME}` and `${NAME:-default}`, where a default may hold another, as Compose replaces them in the values of a parsed file. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  const innermost = /\$\{(\w+)(?::-([^${}]*))?\}/g;
  const once = text.replace(innermost, (_whole, name: string, fallback = '') => variables[name] || fallback);
  return once === text ? text : interpolate(once, variables);
}
