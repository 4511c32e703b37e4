import { findings } from '../../../templates/base/test/schema_rules.ts';
import { counted, fail, pass } from '../rule.ts';
import type { Evidence, Rule } from '../rule.ts';
import { withTools } from '../subject.ts';
import type { SeenTool, Subject } from '../subject.ts';

/** Characters: too short says nothing, too long is not read. */
const least = 40;
const most = 1_500;

/** What is said to people and not to models. */
const empty = /\b(?:powerful|seamless(?:ly)?|amazing|cutting-edge|best-in-class|world-class|see (?:the )?(?:docs|documentation|readme))\b/i;

/** How the other parts of a composed description begin. */
const composed = /^(?:Returns|Fails when|Changes data|Destroys data): /;

export const description: Rule = {
  id: 'description',
  part: 'design',
  title: 'Three-part description',
  why: 'A model chooses a tool by its words alone: when to call it, what it takes, what comes back.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap((tool) => faultsOf(tool, subject));
      if (faults.length === 0) return pass(`${counted(tools.length, 'tool')}: each says when to call it, what it takes and what comes back`);
      return fail(`${counted(faults.length, 'description')} a model can't choose by`, faults, "when: 'Call this to ...', returns: 'The ...', and .describe('What it is, and its bounds') on every field");
    });
  },
};

function faultsOf({ name, file, description: text, inputSchema, isAlias }: SeenTool, subject: Subject): Evidence[] {
  const lines = text.split('\n').filter((line) => !isAlias || !line.startsWith('Deprecated: '));
  const when = lines.find((line) => !composed.test(line)) ?? '';
  const returns = lines.find((line) => line.startsWith('Returns: ')) ?? '';
  const says = (pattern: RegExp, fault: string): Evidence => ({ at: subject.at(file, pattern), text: `${name}: ${fault}` });
  return [
    ...(when.trim().length < 12 ? [says(/^\s*when:/, 'does not say when to call it')] : []),
    ...(returns.length < 'Returns: '.length + 5 ? [says(/^\s*returns:/, 'does not say what comes back')] : []),
    ...(text.length < least || text.length > most ? [says(/^\s*when:/, `its description has ${text.length} characters; ${least} to ${most} are read`)] : []),
    ...(empty.test(text) ? [says(/^\s*(?:when|returns):/, `"${empty.exec(text)?.[0] ?? ''}" tells a model nothing`)] : []),
    ...findings(inputSchema, { bounded: true }, 'input').filter((finding) => finding.includes('needs .describe()')).map((finding) => says(/^\s*input:/, finding)),
  ];
}
