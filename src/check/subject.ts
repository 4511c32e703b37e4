import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Surface } from '../../templates/base/dev/changes.ts';
import type { PlatformState } from '../plan/platform.ts';
import type { Repo } from '../repo/repo.ts';
import type { Calls, Inspection } from './inspection.ts';
import { unknown } from './rule.ts';
import type { Outcome } from './rule.ts';

type Json = Readonly<Record<string, unknown>>;

/** A tool as it is seen, with the file that defines it. */
export interface SeenTool {
  readonly name: string;
  readonly file: string;
  readonly description: string;
  readonly effect: string;
  readonly annotations: Json;
  readonly inputSchema: Json;
  readonly outputSchema: Json;
  /** Another tool under its old name. */
  readonly isAlias: boolean;
}

/** A source file of the repository. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Everything a rule may look at. */
export interface Subject {
  readonly repo: Repo;
  readonly inspection: Inspection;
  /** `tools.lock.json`, when there is one that can be read. */
  readonly lock: (Surface & { readonly version: string }) | undefined;
  /** Of package.json. */
  readonly manifest: Json;
  readonly platform: PlatformState;
  /** Whether it listens on a port. */
  readonly network: boolean;
  /** Every TypeScript file below `src`. */
  readonly sources: readonly Source[];
  /** Tells where a pattern is first found in a file: `file:line`, or the file alone. */
  at(file: string, pattern: RegExp): string;
}

export function subjectOf(repo: Repo, inspection: Inspection, platform: PlatformState): Subject {
  return {
    repo,
    inspection,
    lock: lockIn(repo),
    manifest: objectIn(repo.read('package.json')) ?? {},
    platform,
    network: repo.read('src/platform/http/app.ts') !== undefined,
    sources: sourcesIn(repo),
    at: (file, pattern) => {
      const line = (repo.read(file) ?? '').split('\n').findIndex((text) => pattern.test(text));
      return line === -1 ? file : `${file}:${line + 1}`;
    },
  };
}

/** Hands the tools to a rule, or says why it can't look at them. */
export function withTools({ inspection: { surface, surfaceFault } }: Subject, check: (tools: readonly SeenTool[], surface: Surface) => Outcome): Outcome {
  return surface === undefined ? unknown(`src could not be loaded: ${surfaceFault ?? 'no reason given'}`) : check(toolsOf(surface), surface);
}

/** Hands the calls that were made in memory to a rule, or says why there are none. */
export function withCalls({ inspection: { calls, callsFault, surfaceFault } }: Subject, check: (calls: Calls) => Outcome): Outcome {
  return calls === undefined ? unknown(`the server could not be started in memory: ${callsFault ?? surfaceFault ?? 'no reason given'}`) : check(calls);
}

export function toolsOf({ tools }: Surface): SeenTool[] {
  return Object.entries(tools).map(([name, seen]) => ({
    name,
    file: `src/tools/${name}.ts`,
    description: String(seen['description'] ?? ''),
    effect: String(seen['effect'] ?? ''),
    annotations: objectOf(seen['annotations']),
    inputSchema: objectOf(seen['inputSchema']),
    outputSchema: objectOf(seen['outputSchema']),
    isAlias: String(seen['description']).startsWith('Deprecated: call '),
  }));
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function objectIn(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function lockIn(repo: Repo): Subject['lock'] {
  const lock = objectIn(repo.read('tools.lock.json'));
  return lock !== undefined && typeof lock['version'] === 'string' && typeof lock['tools'] === 'object' ? (lock as unknown as Subject['lock']) : undefined;
}

function sourcesIn({ root, read }: Repo): Source[] {
  return readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .toSorted()
    .map((file) => ({ path: file, text: read(file) ?? '' }));
}

/** Lines of user code, and of platform files that were changed: what the release is known for need not be read again. */
export function* ownLines({ sources, platform }: Subject): Generator<{ readonly at: string; readonly line: string }> {
  const changed = new Set([...platform.changed, ...platform.added]);
  for (const { path: file, text } of sources.filter((source) => !source.path.startsWith('src/platform/') || changed.has(source.path))) {
    for (const [index, line] of text.split('\n').entries()) if (!/^\s*(?:\/\/|\*|\/\*)/.test(line)) yield { at: `${file}:${index + 1}`, line };
  }
}
