import { findings } from '../../../templates/base/test/schema_rules.ts';
import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

export const headerSecrets: Rule = {
  id: 'header-secrets',
  part: 'design',
  title: 'No secret in a mirrored header',
  why: 'A field with x-mcp-header is repeated in an HTTP header, and every proxy on the way logs it.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap(({ file, inputSchema }) => findings(inputSchema, { bounded: true }, 'input').filter((finding) => finding.includes('never mirror a secret')).map((text) => ({ at: subject.at(file, /x-mcp-header/), text })));
      return faults.length === 0 ? pass('no field that holds a secret is mirrored') : fail('a secret would be mirrored into a header', faults, "Take .meta({ 'x-mcp-header': ... }) off that field.");
    });
  },
};
