import { defaultTexts } from '../../items/texts.ts';
import { counted, fail, pass, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';
import type { SeenTool } from '../subject.ts';

const unreviewed = new Set((['write', 'destructive'] as const).map((effect) => defaultTexts('tool', 'any_tool', effect).blastRadius));

const field = /blastRadius:/;

/** How much one call changes at most, as the description of a tool says it. */
export function blastRadiusOf({ description }: SeenTool): string | undefined {
  return /^(?:Changes|Destroys) data: (.{5,})$/m.exec(description)?.[1];
}

export const blastRadius: Rule = {
  id: 'blast-radius',
  part: 'checklist',
  title: 'Blast radius per write tool',
  why: 'Whoever approves a tool has to know the most that one call of it can do.',
  check(subject) {
    return withTools(subject, (tools) => {
      const writing = tools.filter(({ effect }) => effect !== 'read');
      const silent = writing.filter((tool) => blastRadiusOf(tool) === undefined);
      if (silent.length > 0) return fail(`${silent.map(({ name }) => name).join(', ')}: nothing says how much one call can change`, silent.map((tool) => ({ at: subject.at(tool.file, field), text: 'no blast radius in its description' })), "blastRadius: 'adds one note of the caller.',");
      const seen = writing.map((tool) => ({ at: subject.at(tool.file, field), text: `${tool.name}: ${blastRadiusOf(tool) ?? ''}` }));
      const generic = writing.filter((tool) => unreviewed.has(blastRadiusOf(tool) ?? ''));
      if (generic.length > 0) return warn(`${generic.map(({ name }) => name).join(', ')}: still what mcp-gen add wrote; say what it really is`, seen, "blastRadius: 'adds one note of the caller.',");
      return pass(writing.length === 0 ? 'no tool changes anything' : `${counted(writing.length, 'writing tool')}, each says the most that one call can do`, seen);
    });
  },
};
