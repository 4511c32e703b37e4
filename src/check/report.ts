import { helpers } from '../render/helpers.ts';
import type { Row } from './check.ts';
import { beyond, tally } from './check.ts';
import { parts } from './rule.ts';
import { blastRadiusOf } from './rules/blast-radius.ts';
import type { SeenTool } from './subject.ts';

/** First line of a report: only a file that starts with it is ever written over. */
export const reportMark = '<!-- written by mcp-gen check: not edited by hand -->';

const signs = { pass: 'pass', warn: '**warning**', fail: '**FAILED**', unknown: '*not looked at*', 'n/a': 'does not apply' } as const;

/** What a reviewer asks for: every row with what it rests on, what agents can do, and what was not looked at. */
export function renderReport(server: { readonly name: string; readonly version: string }, rows: readonly Row[], tools: readonly SeenTool[]): string {
  const { pass, warn, fail, unknown } = tally(rows);
  const { md } = helpers;
  const sections = Object.entries(parts).flatMap(([part, title]) => [`## ${title}`, '', '| | | |', '|---|---|---|', ...rows.filter((row) => row.part === part).map((row) => `| ${signs[row.verdict]} | ${md(row.title)} | ${cell(row.summary)} |`), '']);
  const evidence = rows.flatMap(evidenceOf);
  const listed = tools.map((tool) => `| ${code(tool.name)} | ${md(tool.effect)} | ${cell(blastRadiusOf(tool) ?? '')} |`);
  return [
    reportMark,
    `# Security report of ${md(server.name)} ${md(server.version)}`,
    '',
    `${rows.length} rules: ${pass} pass, ${warn} warn, ${fail} fail, ${unknown} could not be looked at.`,
    '',
    ...sections,
    '## What agents can do',
    '',
    ...(listed.length === 0 ? ['Nothing: there are no tools, or they could not be loaded.'] : ['| Tool | Effect | The most that one call changes |', '|---|---|---|', ...listed]),
    '',
    '## What was not looked at',
    '',
    ...rows.filter(({ verdict }) => verdict === 'unknown').map((row) => `- ${md(row.title)}: ${md(row.summary)}`),
    ...beyond.map(({ what, how }) => `- ${md(`${what.charAt(0).toUpperCase()}${what.slice(1)}: ${how}.`)}`),
    '',
    '## Evidence',
    '',
    ...evidence,
  ].join('\n').trimEnd() + '\n';
}

function evidenceOf({ title, why, evidence, paste }: Row): string[] {
  if (evidence.length === 0) return [];
  const lines = evidence.map(({ at, text }) => `- ${at === undefined ? '' : `${code(at)} `}${code(text)}`);
  return [`### ${title}`, '', helpers.md(why), '', ...lines, ...(paste === undefined ? [] : ['', `To mend it: ${code(paste)}`]), ''];
}

/** Text as Markdown code, whatever is in it. */
function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const fence = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return fence.length > 1 ? `${fence} ${line} ${fence}` : `\`${line}\``;
}

function cell(text: string): string {
  return helpers.md(text.replaceAll(/\s+/g, ' '));
}
