import { findings } from '../../../templates/base/test/schema_rules.ts';
import { counted, exchange, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

/** What the other rules on schemas look at. */
const elsewhere = /needs \.describe\(\)|never mirror a secret/;

export const strictSchemas: Rule = {
  id: 'strict-schemas',
  part: 'checklist',
  title: 'Strict schemas',
  why: 'What a schema lets through reaches your code: unknown keys, endless texts, impossible numbers.',
  check(subject) {
    return withTools(subject, (tools) => {
      const loose = tools.flatMap(({ file, inputSchema, outputSchema }) => [
        ...findings(inputSchema, { bounded: true }, 'input').filter((finding) => !elsewhere.test(finding)).map((text) => ({ at: subject.at(file, /^\s*input:/), text })),
        ...findings(outputSchema, { bounded: false }, 'output').map((text) => ({ at: subject.at(file, /^\s*output:/), text })),
      ]);
      if (loose.length > 0) return fail(`${counted(loose.length, 'place')} where a schema lets too much through`, loose, 'z.strictObject({ name: z.string().max(200), count: z.int().min(1).max(100), ids: z.array(...).max(50) })');
      const refused = subject.inspection.calls?.answers.unknownArgument;
      if (refused !== undefined && refused.error?.['error_class'] !== 'validation') return fail('an argument that no schema names is not refused', [exchange(refused)], 'git checkout -- src/platform');
      return pass(`${counted(tools.length, 'tool')}: closed at every depth, every value bounded`, refused === undefined ? [] : [exchange(refused)]);
    });
  },
};
