import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Answers } from '../../src/answers/schema.ts';
import { plan } from '../../src/plan/plan.ts';
import { combinations, planned, version } from './combinations.ts';

class Touched extends Error {}

function trap(owner: object, key: string, label: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key);
  const touch = () => {
    throw new Touched(`planning touches ${label}`);
  };
  // A property that is read throws at once; a function throws when it is called, or made with new.
  const isFunction = typeof before?.value === 'function';
  Object.defineProperty(owner, key, { configurable: true, ...(isFunction ? { value: new Proxy(before.value as () => void, { apply: touch, construct: touch, get: touch }), writable: true } : { get: touch }) });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, key);
    else Object.defineProperty(owner, key, before);
  };
}

/** What the outside world reaches a program by. */
const doors: readonly [owner: object, keys: readonly string[], name: string][] = [
  [globalThis, ['Date', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WebSocket'], 'globalThis'],
  [performance, ['now'], 'performance'],
  [Math, ['random'], 'Math'],
  [globalThis.crypto, ['getRandomValues', 'randomUUID'], 'crypto'],
  [crypto, ['randomBytes', 'randomUUID', 'randomInt', 'randomFillSync'], 'node:crypto'],
  [process, ['env', 'cwd', 'hrtime', 'uptime', 'memoryUsage', 'argv', 'platform', 'versions', 'pid'], 'process'],
  [os, ['hostname', 'userInfo', 'homedir', 'tmpdir', 'platform', 'cpus'], 'node:os'],
  [fs, Object.keys(fs).filter((key) => /^(?:read|write|open|stat|lstat|exists|access|mkdir|realpath|rm|rename)/.test(key)), 'node:fs'],
  [childProcess, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync'], 'node:child_process'],
  [net, ['connect', 'createConnection', 'createServer'], 'node:net'],
  [String.prototype, ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'], 'the locale'],
  [Number.prototype, ['toLocaleString'], 'the locale'],
  [Intl, ['DateTimeFormat', 'Collator', 'NumberFormat'], 'Intl'],
];

/** Runs `work` with every door shut. */
function isolated<T>(work: () => T): T {
  const restore: (() => void)[] = [];
  try {
    const each = doors.flatMap(([owner, keys, name]) => keys.map((key) => ({ owner, key, label: `${name}.${key}`, callable: typeof Reflect.get(owner, key) === 'function' })));
    for (const { owner, key, label } of each.filter(({ callable }) => callable)) restore.push(trap(owner, key, label));
    syncBuiltinESMExports();
    // Syncing reads every property, so those that throw when read come after it.
    for (const { owner, key, label } of each.filter(({ callable }) => !callable)) restore.push(trap(owner, key, label));
    return work();
  } finally {
    for (const one of restore.toReversed()) one();
    syncBuiltinESMExports();
  }
}

const samples = [...combinations()].filter((_, index) => index % 7 === 0);

describe('planning is pure', () => {
  test.each<[string, () => unknown]>([
    ['the clock', () => Date.now()],
    ['a new date', () => new Date()],
    ['random values', () => Math.random()],
    ['random bytes', () => crypto.randomBytes(1)],
    ['the environment', () => process.env['HOME']],
    ['the disk', () => fs.readFileSync('package.json')],
    ['the network', () => void fetch('http://localhost:1')],
    ['the locale', () => 'a'.localeCompare('b')],
  ])('the trap of this test shuts %s', (_name, reach) => {
    expect(() => isolated(reach)).toThrow(Touched);
  });

  test('no clock, random value, environment, locale, disk, child process or network is touched', () => {
    const before = samples.map((answers) => [...planned(answers).files]);
    const during = isolated(() => samples.map((answers) => plan(answers, version).files()));
    expect(during.map((files) => files.map(({ path, contents }) => [path, contents]))).toEqual(before);
  });

  test('the order in which answers were given changes nothing', () => {
    for (const answers of samples) {
      const reordered = Object.fromEntries(Object.entries(answers).toReversed()) as Answers;
      expect([...planned(reordered).files]).toEqual([...planned(answers).files]);
    }
  });

  test('the order of the targets changes nothing but where the answers are quoted', () => {
    const several = samples.filter(({ deploy }) => deploy.length > 1);
    expect(several.length).toBeGreaterThan(0);
    for (const answers of several) {
      const { files } = planned(answers);
      const other = planned({ ...answers, deploy: answers.deploy.toReversed() }).files;
      expect([...files.keys()].filter((file) => files.get(file) !== other.get(file))).toEqual(['.mcp-gen.json', 'README.md']);
    }
  });

  test('answers are not changed', () => {
    const [answers] = combinations();
    const frozen = structuredClone(answers) as Answers;
    Object.freeze(frozen.deploy);
    expect(planned(Object.freeze(frozen)).answers).toEqual(answers);
  });
});
