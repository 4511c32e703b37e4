/** What calling a tool can do. */
export const effects = ['read', 'write', 'destructive'] as const;
export type Effect = (typeof effects)[number];

const reading = new Set('get list search find read show describe count check look lookup query preview compare summarize explain validate estimate'.split(' '));
const destroying = new Set('delete remove purge drop destroy wipe erase clear reset'.split(' '));

/** What the verb of a name promises; `write` for a verb nobody knows, because that asks for the most care without calling it a loss. */
export function effectOf(name: string): Effect {
  const [verb = ''] = name.split('_');
  if (reading.has(verb)) return 'read';
  return destroying.has(verb) ? 'destructive' : 'write';
}
