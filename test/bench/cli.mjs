import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleave, row, timed } from './measure.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = path.join(root, 'dist/create-mcp-server.js');
const gen = path.join(root, 'dist/mcp-gen.js');
const node = process.execPath;

/** A script that does nothing but write the files of a generated repo. */
function writerScript(folder) {
  execFileSync(node, [cli, 'model', '--yes', '--no-install', '--no-git'], { cwd: folder, stdio: 'ignore' });
  const model = path.join(folder, 'model');
  const files = readdirSync(model, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const contents = files.map((entry) => [path.relative(model, path.join(entry.parentPath, entry.name)), readFileSync(path.join(entry.parentPath, entry.name), 'utf8')]);
  const script = path.join(folder, 'write.mjs');
  writeFileSync(
    script,
    `import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const files = JSON.parse(${JSON.stringify(JSON.stringify(contents))});
for (const [file, text] of files) {
  mkdirSync(path.dirname(path.join(process.argv[2], file)), { recursive: true });
  writeFileSync(path.join(process.argv[2], file), text);
}
`,
  );
  return script;
}

/** Size and reach of the package: what npx downloads and how long it takes from nothing. */
async function packageRows(folder, rounds) {
  const pack = (cwd) => path.join(folder, JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd, stdio: ['ignore', 'pipe', 'ignore'] }).toString())[0].filename);
  const tarball = pack(root);
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  writeFileSync(path.join(empty, 'package.json'), JSON.stringify({ name: 'empty-cli', version: '1.0.0', bin: 'cli.js' }));
  writeFileSync(path.join(empty, 'cli.js'), '#!/usr/bin/env node\n');
  const emptyTarball = pack(empty);
  let cache = 0;
  const npx = (file, argv) => () => {
    const env = { ...process.env, npm_config_cache: path.join(folder, `cache${cache++}`) };
    return timed(['npm', 'exec', '--yes', '--offline', '--package', file, '--', ...argv], { cwd: folder, env });
  };
  const cold = await interleave({ ours: npx(tarball, ['create-mcp-server', '--version']), empty: npx(emptyTarball, ['empty-cli']) }, rounds);
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return [
    row('packages that npx installs', 1 + Object.keys(dependencies).length, 1, 'package'),
    row('packed tarball', statSync(tarball).size / 1000, 500, 'KB'),
    row('npx from a cold cache, against an empty package', cold.ours / cold.empty, 1.2),
  ];
}

/** The CLI's rows. Everything is measured against a baseline of the same run. */
export async function cliRows(rounds) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  let count = 0;
  try {
    const script = writerScript(folder);
    const letters = () => String.fromCharCode(...String(count++).padStart(4, '0').split('').map((digit) => 97 + Number(digit)));
    const taken = await interleave(
      {
        node: () => timed([node, '-e', '0']),
        help: () => timed([node, cli, '--help']),
        add: () => timed([node, gen, 'add', 'tool', `list_${letters()}`], { cwd: path.join(folder, 'model') }),
        write: () => timed([node, script, path.join(folder, `w${count++}`)]),
        create: () => timed([node, cli, `c${count++}-server`, '--name', 'bench-server', '--yes', '--no-install', '--no-git'], { cwd: folder }),
      },
      rounds,
    );
    return [
      row('--help, against node -e 0', taken.help / taken.node, 1.35),
      row('add tool, against --help', taken.add / taken.help, 1.5),
      row('create --yes --no-install --no-git, against a script that writes the same files', taken.create / taken.write, 1.7),
      ...(await packageRows(folder, Math.max(3, Math.ceil(rounds / 4)))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
