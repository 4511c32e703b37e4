import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { cliRows } from './cli.mjs';
import { serverRows } from './server.mjs';
import { serverlessRows } from './serverless.mjs';

// npm run bench [-- --rounds 15 --seconds 3 --node /path/to/node24 --only cli|server|serverless]
// Every figure is a ratio to a baseline of the same run. Exit code 1 when a limit does not hold.
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, seconds: { type: 'string', default: '3' }, node: { type: 'string', default: process.execPath }, only: { type: 'string' } },
});
const rounds = Number(values.rounds);
const version = execFileSync(values.node, ['--version']).toString().trim();
const limits = version.startsWith('v20.') ? { modern: 0.6, legacy: 0.75 } : { modern: 0.45, legacy: 0.65 };

const wants = (name) => values.only === undefined || values.only === name;
const sections = [
  ...(wants('cli') ? [[`CLI, Node.js ${process.version}, medians of ${rounds} interleaved runs`, await cliRows(rounds)]] : []),
  ...(wants('server') ? [[`Generated server, Node.js ${version}, CPU per request`, await serverRows(values.node, limits, { rounds: Math.max(3, Math.ceil(rounds / 2)), seconds: Number(values.seconds) })]] : []),
  ...(wants('serverless') ? [[`Cold starts, Node.js ${version}, CPU time, medians of ${rounds} interleaved runs`, await serverlessRows(values.node, rounds)]] : []),
];
for (const [title, rows] of sections) {
  console.log(`\n${title}`);
  for (const one of rows) console.log(`${one.holds ? 'ok  ' : 'FAIL'}  ${one.value.padStart(10)}  (${one.limit})  ${one.title}`);
}
process.exitCode = sections.every(([, rows]) => rows.every(({ holds }) => holds)) ? 0 : 1;
