import { spawnSync } from 'node:child_process';

/** Runs a process to its end. @returns its wall time in milliseconds. @throws when it fails. */
export function timed(argv, options = {}) {
  const start = process.hrtime.bigint();
  const { status, signal, stderr } = spawnSync(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status ?? signal}: ${stderr}`);
  return wall;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs the contestants in turn, `rounds` times after one warm-up each, so that a slow spell of the machine hits all alike.
 * @param contestants name to a function that gives a figure
 * @returns name to its median
 */
export async function interleave(contestants, rounds) {
  const taken = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const value = await contestant();
      if (round >= 0) taken[name].push(value);
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]));
}

/** One line of the report: a figure, its limit, and whether it holds. */
export function row(title, value, limit, unit = 'x') {
  return { title, value: `${Number(value.toFixed(2))} ${unit}`, limit: `<= ${limit} ${unit}`, holds: value <= limit };
}

/** The same for a figure that must not be smaller. */
export function atLeast(title, value, limit, unit = 'x') {
  return { title, value: `${Number(value.toFixed(2))} ${unit}`, limit: `>= ${limit} ${unit}`, holds: value >= limit };
}
