import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LOCKS } from 'package-manager-detector';
import type { Answers } from '../answers/schema.ts';
import type { Env } from './executable.ts';

type Id = Answers['packageManager'];

/**
 * The package manager that started this process, unless that is npm: everybody has npx. Then the one in use around
 * the directory (lockfile or `packageManager` field, nearest first), else npm.
 */
export function detectPackageManager(env: Env, directory: string, known: readonly Id[]): Id {
  const agent = env['npm_config_user_agent']?.split('/')[0];
  const around = agent === undefined || agent === 'npm' ? inUseAround(directory) : undefined;
  return known.find((id) => id === (around ?? agent)) ?? 'npm';
}

function inUseAround(directory: string): string | undefined {
  const lock = Object.entries(LOCKS).find(([file]) => existsSync(path.join(directory, file)))?.[1];
  const found = lock ?? packageManagerField(path.join(directory, 'package.json'));
  const parent = path.dirname(directory);
  return found ?? (parent === directory ? undefined : inUseAround(parent));
}

function packageManagerField(file: string): string | undefined {
  try {
    const { packageManager } = JSON.parse(readFileSync(file, 'utf8')) as { packageManager?: unknown };
    return typeof packageManager === 'string' ? packageManager.split('@')[0] : undefined;
  } catch {
    return undefined;
  }
}
