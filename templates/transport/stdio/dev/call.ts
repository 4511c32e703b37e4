import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

// A call prompt for development. The server is started anew for every line, so
// it always runs the code as it is on disk, and remembers nothing.

const HELP = `Call a tool:   <name> {"argument": "value"}
Other:         list, help, exit
Every line starts a new server: what is kept in memory does not last.`;

async function answer(line: string): Promise<unknown> {
  const client = new Client({ name: 'dev', version: '0.0.0' }, { versionNegotiation: { mode: 'auto' } });
  const entry = fileURLToPath(new URL('../src/entry/stdio.ts', import.meta.url));
  const changed = new URL('changed.ts', import.meta.url).href;
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: ['--import', 'tsx', '--import', changed, entry], stderr: 'inherit' }),
  );
  try {
    const [, name = '', json = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    const { tools } = await client.listTools();
    if (name === 'list') return tools.map((tool) => `${tool.name}: ${tool.description?.split('\n')[0] ?? ''}`).join('\n');
    const { structuredContent, content } = await client.callTool({ name, arguments: JSON.parse(json || '{}') });
    return structuredContent ?? content;
  } finally {
    await client.close();
  }
}

const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: 'mcp> ' });
console.log(HELP);
prompt.prompt();
for await (const line of prompt) {
  const text = line.trim();
  if (text === 'exit') break;
  try {
    if (text === 'help') console.log(HELP);
    else if (text) console.log(await answer(text));
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
  }
  prompt.prompt();
}
prompt.close();
