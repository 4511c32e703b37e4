import * as z from 'zod';

/** Environment variables as the process got them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The start is refused. The text says what, why and the line to set, and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The server does not start: its configuration is not usable.\n\n${problems.join('\n\n')}\n`);
  }
}

/** One refusal: the variable, why it is refused, and a line to paste. */
export function problem(name: string, why: string, line: string): string {
  return `  ${name}: ${why}\n    Set it like this:  ${line}`;
}

/** What is wrong with settings that are valid one by one, as {@link problem} puts it. */
export type Rule<Settings> = (settings: Settings) => readonly string[];

/**
 * Reads and validates all variables of `schema` at once. `X_FILE` may name a
 * file that holds `X` (container secrets). Give every field
 * `.meta({ description, example })`: they become the text of a refusal.
 *
 * @param readFile - Reads a text file; absent where there is no file system.
 * @throws {ConfigError} naming every variable that is missing or wrong.
 */
export function loadEnvironment<T extends z.ZodObject>(
  schema: T,
  environment: Environment,
  readFile?: (path: string) => string,
): z.output<T> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const path = environment[`${name}_FILE`];
    const value = environment[name];
    // An empty variable counts as unset: compose files and CI pass them like that.
    if (value) values[name] = value;
    else if (path && readFile) {
      try {
        values[name] = readFile(path).trim();
      } catch {
        const line = `${name}_FILE=/run/secrets/${name.toLowerCase()}`;
        problems.push(problem(`${name}_FILE`, 'the file it names cannot be read.', line));
      }
    }
  }
  const parsed = schema.safeParse(values);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    const { description = 'no description', example = '...' } = describeField(schema, name);
    const why = name in values ? issue.message : 'is required and not set.';
    problems.push(problem(name, `${why} (${description})`, `${name}=${example}`));
  }
  throw new ConfigError(problems);
}

/** One variable, or what is in the file that `<NAME>_FILE` names. */
export function readVariable(name: string, environment: Environment, readFile?: (path: string) => string): string | undefined {
  const path = environment[`${name}_FILE`];
  return environment[name] || (path && readFile ? readFile(path).trim() : undefined);
}

function describeField(schema: z.ZodObject, name: string): { description?: string; example?: string } {
  const field: unknown = schema.shape[name];
  const meta = field instanceof z.ZodType ? field.meta() : undefined;
  return {
    ...(meta?.description !== undefined && { description: meta.description }),
    ...(typeof meta?.['example'] === 'string' && { example: meta['example'] }),
  };
}
