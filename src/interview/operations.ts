import { intro, outro } from '@clack/prompts';
import type { Operation } from '../openapi/operations.ts';
import type { Ask } from './ask.ts';

/** Asks which operations of an API agents shall be able to do. @returns method and path of each @param room for how many there is room */
export async function askForOperations(operations: readonly Operation[], room: number, ask: Ask): Promise<string[]> {
  intro(`mcp-gen add openapi: ${operations.length} operations`);
  const options = operations.map(({ key, toolName, summary, deprecated }) => ({ value: key, label: toolName, hint: `${key}${deprecated ? ', deprecated' : ''}${summary === '' ? '' : `: ${summary}`}` }));
  const picked = await ask.search('Which of them shall agents be able to do?', options, (keys) => (keys.length > room ? `With more than 15 tools a model takes the wrong one: at most ${Math.max(room, 0)} more.` : undefined));
  outro(`${picked.length} picked.`);
  return picked;
}
