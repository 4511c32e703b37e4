/** What calling a tool can do. */
export const effects = ['read', 'write', 'destructive'] as const;
export type Effect = (typeof effects)[number];

const reading = new Set('get list search find read show describe count check look lookup query preview compare summarize explain validate estimate'.split(' '));
const destroying = new Set('delete remove purge drop destroy wipe erase clear reset'.split(' '));
const writing = new Set('create add update set put patch replace send post upload start stop cancel approve reject enable disable assign move copy rename merge close open lock unlock mark star follow block submit publish archive restore invite accept transfer import run sync pay refund fork subscribe'.split(' '));

/** Whether a word is known to say what is done. */
export function isVerb(word: string): boolean {
  const plain = word.replace(/^un(?=.{3})/, '');
  return reading.has(plain) || writing.has(plain) || destroying.has(plain);
}

/** What the verb of a name promises; `write` for a verb nobody knows, because that asks for the most care without calling it a loss. */
export function effectOf(name: string): Effect {
  const [verb = ''] = name.split('_');
  if (reading.has(verb)) return 'read';
  return destroying.has(verb) ? 'destructive' : 'write';
}
