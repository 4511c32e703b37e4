import { parse } from 'yaml';
import * as z from 'zod';

/** `30s`, `1m30s`. @returns milliseconds. */
const duration = z.string().regex(/^(\d+m)?(\d+s)?$/).transform((text) => {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1_000;
});

/** The keys of the Compose Specification that a hardened service of one process has use for; a misspelt or widening one is refused. */
const service = z.strictObject({
  build: z.literal('.'),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  env_file: z.array(z.strictObject({ path: z.literal('.env'), required: z.literal(false) })).optional(),
  init: z.literal(true),
  read_only: z.literal(true),
  tmpfs: z.tuple([z.literal('/tmp')]),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string().regex(/^\d+m$/),
  pids_limit: z.int().positive(),
  stop_grace_period: duration,
  restart: z.enum(['unless-stopped', 'on-failure', 'always']),
});

const file = z.strictObject({ services: z.strictObject({ server: service }) });

/** The one service of a compose file. @throws where it is not as hard as it has to be. */
export function readCompose(text: string, variables: Readonly<Record<string, string>> = {}): z.output<typeof service> {
  return file.parse(parse(text, (_key, value) => (typeof value === 'string' ? interpolate(value, variables) : value))).services.server;
}

/** `${NAME}` and `${NAME:-default}`, where a default may hold another, as Compose replaces them in the values of a parsed file. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  const innermost = /\$\{(\w+)(?::-([^${}]*))?\}/g;
  const once = text.replace(innermost, (_whole, name: string, fallback = '') => variables[name] || fallback);
  return once === text ? text : interpolate(once, variables);
}
