import { cliRows } from './cli.mjs';

// npm run bench [-- --rounds 15] : figures as ratios to baselines measured in the same run. Exit code 1 when a limit does not hold.
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 15;
const rows = await cliRows(rounds);
console.log(`Node.js ${process.version}, medians of ${rounds} interleaved runs\n`);
for (const { title, value, limit, holds } of rows) console.log(`${holds ? 'ok  ' : 'FAIL'}  ${value.padStart(10)}  (${limit})  ${title}`);
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
