/** Longest line that is looked at, in UTF-16 code units: longer ones are counted as broken, so that no log can fill the memory. */
export const longestLine = 65_536;

/** One JSON line of a server's log. */
export type Line = Readonly<Record<string, unknown>>;

/** The lines of one call, and what the log they come from looked like. */
export interface Found {
  readonly lines: readonly Line[];
  /** Lines of this call beyond `limit`, which are not kept. */
  readonly dropped: number;
  readonly read: number;
  /** Lines that look like a record and are none: cut off, or too long. */
  readonly broken: number;
}

/**
 * Looks for the lines of one call. Memory stays bounded whatever comes.
 *
 * @param streams - Text in pieces of any size, one stream per file.
 * @param limit - Most lines that are kept.
 */
export async function linesOf(id: string, streams: readonly AsyncIterable<string | Uint8Array>[], limit = 1_000): Promise<Found> {
  const lines: Line[] = [];
  let [dropped, read, broken] = [0, 0, 0];
  const take = (text: string, isWhole: boolean): void => {
    if (text.trim() === '') return;
    read += 1;
    if (!isWhole) return void (broken += 1);
    // Parsing every line would make a large log slow to read.
    if (!text.includes(id)) return;
    const line = parse(text);
    if (line === undefined) broken += 1;
    else if (line['correlation_id'] !== id) return;
    else if (lines.length < limit) lines.push(line);
    else dropped += 1;
  };
  for (const stream of streams) await split(stream, take);
  return { lines, dropped, read, broken };
}

/** Cuts a stream into lines and forgets the rest of one that is too long. */
async function split(stream: AsyncIterable<string | Uint8Array>, take: (text: string, isWhole: boolean) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  let isWhole = true;
  const add = (piece: string): void => {
    if (rest.length + piece.length > longestLine) isWhole = false;
    rest = isWhole ? rest + piece : rest.slice(0, 1) || 'x';
  };
  for await (const chunk of stream) {
    const [first = '', ...more] = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    add(first);
    for (const piece of more) {
      take(rest, isWhole);
      [rest, isWhole] = ['', true];
      add(piece);
    }
  }
  take(rest, isWhole);
}

/** `docker compose logs` and `kubectl logs --timestamps` put something before the record. */
function parse(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(Math.max(text.indexOf('{'), 0)));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
