import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { documentOf, invoke, scratch } from './invoke.ts';

let repo: string;
beforeEach(async () => {
  const cwd = scratch();
  await invoke('create-mcp-server', ['notes-server', '--transport', 'both', '--yes', '--no-install', '--no-git'], { cwd });
  repo = path.join(cwd, 'notes-server');
});

interface Info {
  readonly version: string;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly items: Readonly<Record<string, readonly string[]>>;
  readonly edited: readonly string[];
  readonly missing: readonly string[];
  readonly platform: { readonly identical: boolean; readonly comparedWith: string; readonly changed: readonly string[]; readonly missing: readonly string[]; readonly added: readonly string[] };
}

const info = async () => documentOf<Info>(await invoke('mcp-gen', ['info', '--json'], { cwd: repo }));
const edit = (file: string, change: (text: string) => string) => writeFileSync(path.join(repo, file), change(readFileSync(path.join(repo, file), 'utf8')));

describe('mcp-gen info', () => {
  test('tells version, answers and items of a fresh repository, whose platform is that of the release', async () => {
    const { code, stdout } = await invoke('mcp-gen', ['info'], { cwd: path.join(repo, 'src/tools') });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/transport +both\n[^]*tools +3: create_note, delete_note, search_notes\n[^]*platform +identical to release [^]*edited +nothing\n/) });
    expect(await info()).toMatchObject({ answers: { transport: 'both' }, edited: [], missing: [], platform: { identical: true, comparedWith: 'release', changed: [] } });
  });

  test('lists what was edited and what is gone, but not what is derived anyway', async () => {
    edit('src/services/index.ts', (text) => `${text}// mine\n`);
    rmSync(path.join(repo, 'src/tools/delete_note.ts'));
    await invoke('mcp-gen', ['sync'], { cwd: repo });
    edit('README.md', (text) => text.replaceAll('\n', '\r\n'));
    expect(await info()).toMatchObject({ edited: ['src/services/index.ts'], missing: ['src/tools/delete_note.ts'], items: { tools: ['create_note', 'search_notes'] } });
  });

  test('a changed, a missing and a foreign file of the platform are told, also when the manifest was edited to hide them', async () => {
    edit('src/platform/call/pipeline.ts', (text) => `${text}// mine\n`);
    rmSync(path.join(repo, 'src/platform/observe/log.ts'));
    mkdirSync(path.join(repo, 'src/platform/extra'));
    writeFileSync(path.join(repo, 'src/platform/extra/backdoor.ts'), 'export {};\n');
    edit('.mcp-gen.json', (text) => text.replace(/"src\/platform\/call\/pipeline\.ts": "\w+",\n +/, ''));
    const { platform } = await info();
    expect(platform).toMatchObject({ identical: false, changed: ['src/platform/call/pipeline.ts'], missing: ['src/platform/observe/log.ts'], added: ['src/platform/extra/backdoor.ts'] });
  });

  test('a repository of another version is compared with what that version wrote down', async () => {
    edit('.mcp-gen.json', (text) => text.replace(/"version": "[^"]+"/, '"version": "0.0.1"'));
    edit('src/platform/call/pipeline.ts', (text) => `${text}// mine\n`);
    expect((await info()).platform).toMatchObject({ comparedWith: 'manifest', identical: false, changed: ['src/platform/call/pipeline.ts'] });
  });
});

interface Connected {
  readonly clients: readonly { readonly id: string; readonly command?: string; readonly file?: { path: string; contents: unknown }; readonly link?: string; readonly steps?: readonly string[] }[];
}

const connect = async (...argv: string[]) => documentOf<Connected>(await invoke('mcp-gen', ['connect', ...argv, '--json'], { cwd: repo })).clients;

describe('R173 mcp-gen connect', () => {
  test('every client hears the same, and every link gives back what it was made of', async () => {
    const url = "https://mcp.example.com/a'b/mcp?x=1&y={z}";
    const clients = Object.fromEntries((await connect('--url', url)).map((one) => [one.id, one]));
    expect(Object.keys(clients)).toEqual(['claude-code', 'claude-desktop', 'cursor', 'vscode', 'chatgpt', 'inspector']);
    expect(clients['cursor']?.file).toEqual({ path: '.cursor/mcp.json', contents: { mcpServers: { 'notes-server': { url } } } });
    expect(clients['vscode']?.file).toEqual({ path: '.vscode/mcp.json', contents: { servers: { 'notes-server': { type: 'http', url } } } });
    const cursor = new URL(clients['cursor']?.link ?? '');
    expect(cursor.searchParams.get('name')).toBe('notes-server');
    expect(JSON.parse(Buffer.from(cursor.searchParams.get('config') ?? '', 'base64').toString())).toEqual({ url });
    const vscode = /^vscode:mcp\/install\?(.*)$/.exec(clients['vscode']?.link ?? '')?.[1] ?? '';
    expect(JSON.parse(decodeURIComponent(vscode))).toEqual({ name: 'notes-server', type: 'http', url });
  });

  test('a command line is one that a shell reads as it was meant', async () => {
    const url = "https://mcp.example.com/a'b/mcp?x=$(id)";
    for (const { id, command } of (await connect('--url', url)).filter((one) => one.command !== undefined && one.id !== 'inspector')) {
      const words = execFileSync('sh', ['-c', `set -- ${command ?? ''}; for word do printf '%s\\n' "$word"; done`]).toString();
      expect([id, words]).toEqual([id, expect.stringContaining(url)]);
    }
  });

  test('what connects from the internet is told that a loopback address does not do', async () => {
    const [chatGpt] = await connect('chatgpt');
    expect(chatGpt?.steps?.join()).toContain('this needs the https address of a deployed server');
    const [deployed] = await connect('chatgpt', '--url', 'https://mcp.example.com/mcp');
    expect(deployed?.steps?.join()).not.toContain('needs the https address');
  });

  test('a client that starts programs is given the built one, by its whole path', async () => {
    const [desktop] = await connect('claude-desktop');
    expect(desktop?.file?.contents).toEqual({ mcpServers: { 'notes-server': { command: 'node', args: [path.join(repo, 'dist/stdio.js')] } } });
  });

  test.each([
    [['emacs'], 'Known clients: claude-code'],
    [['cursor', '--url', 'javascript:alert(1)'], 'http or https'],
  ])('%j is refused', async (argv, why) => {
    const { code, stderr } = await invoke('mcp-gen', ['connect', ...argv], { cwd: repo });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(why) });
  });
});
