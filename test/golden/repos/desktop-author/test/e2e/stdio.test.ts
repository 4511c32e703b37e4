import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { test } from 'vitest';
import { ERAS } from '../kit.js';
import { converse } from './conversation.js';

test.each(ERAS)('a %s client starts the server and talks to it', async (era) => {
  await converse(era, new StdioClientTransport({ command: process.execPath, args: ['dist/stdio.js'], stderr: 'ignore' }));
});
