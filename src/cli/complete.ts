import { answerFlags } from 'virtual:answer-flags';
import type { Command, Option } from 'commander';
import { mcpClients } from '../connect/clients.ts';
import { ExitCode, UserError, usageError } from '../error.ts';
import { effects } from '../items/effect.ts';
import { kinds } from '../items/item.ts';
import { itemsOf } from '../repo/index-files.ts';
import { openRepo } from '../repo/repo.ts';
import { declaredScopes } from '../repo/scopes.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

const scripts = {
  bash: `_mcp_gen() {
  local IFS=$'\\n'
  COMPREPLY=($(mcp-gen suggest -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null | cut -f 1))
}
complete -o default -F _mcp_gen mcp-gen`,
  zsh: `#compdef mcp-gen
_mcp_gen() {
  local -a found
  found=("\${(@f)$(mcp-gen suggest -- "\${(@)words[2,CURRENT]}" 2> /dev/null | sed -e 's/:/\\\\:/g' -e $'s/\\t/:/')}")
  _describe mcp-gen found
}
(( \${+functions[compdef]} )) && compdef _mcp_gen mcp-gen`,
  fish: `complete --command mcp-gen --no-files --arguments '(mcp-gen suggest -- (commandline -opc)[2..] (commandline -ct) 2> /dev/null)'`,
} as const;

/** Prints the script that a shell sources. */
export async function completionScript(shell: string, report: Reporter): Promise<ExitCode> {
  if (!Object.hasOwn(scripts, shell)) throw usageError('usage', `There is no completion for ${JSON.stringify(shell).slice(0, 40)}.`, `Known shells: ${Object.keys(scripts).join(', ')}`);
  report.line(scripts[shell as keyof typeof scripts]);
  return ExitCode.done;
}

/** Prints what the last of `words` can become. A shell asks this on every tab, so nothing here fails. */
export async function suggest(program: Command, words: readonly string[], io: Io): Promise<ExitCode> {
  const current = words.at(-1) ?? '';
  const found = suggestionsFor(program, words.slice(0, -1), current, io).filter(([value]) => value.startsWith(current));
  io.stdout.write(found.map(([value, about]) => (about === '' ? `${value}\n` : `${value}\t${about.split('\n')[0] ?? ''}\n`)).join(''));
  return ExitCode.done;
}

type Suggestion = readonly [value: string, about: string];

function suggestionsFor(program: Command, before: readonly string[], current: string, io: Io): Suggestion[] {
  let command = program;
  let open: Option | undefined;
  const path: string[] = [];
  for (const word of before) {
    if (word.startsWith('-')) open = command.options.find(({ long, short }) => long === word.split('=')[0] || short === word);
    else if (open === undefined || !takesValue(open)) {
      const next = command.commands.find((one) => one.name() === word);
      if (next !== undefined) path.push(word);
      command = next ?? command;
    } else if (!open.variadic) open = undefined;
  }
  if (current.startsWith('-')) return command.createHelp().visibleOptions(command).flatMap((option): Suggestion[] => (option.long === undefined || option.long === null ? [] : [[option.long, option.description]]));
  if (open !== undefined && takesValue(open)) return valuesOf(open.long ?? '', io).map((value) => [value, '']);
  const commands = command.createHelp().visibleCommands(command).filter((one) => one.name() !== 'help');
  return [...commands.map((one): Suggestion => [one.name(), one.description()]), ...(positionals[path.join(' ')] ?? [])];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

const positionals: Readonly<Record<string, readonly Suggestion[]>> = {
  connect: mcpClients.map(({ id, title }) => [id, title]),
  complete: Object.keys(scripts).map((shell) => [shell, '']),
  'add deploy': (answerFlags.find(({ key }) => key === 'deploy')?.choices ?? []).map((target) => [target, '']),
};

/** What the value of a flag can be, where there are only so many. */
function valuesOf(flag: string, io: Io): readonly string[] {
  const answer = answerFlags.find((one) => one.flag.split(' ')[0] === flag);
  if (answer?.choices !== undefined) return answer.choices;
  if (flag === '--effect') return effects;
  if (flag === '--kind') return kinds;
  if (flag === '--of' || flag === '--scope') return inRepo(flag, io);
  return [];
}

function inRepo(flag: '--of' | '--scope', io: Io): readonly string[] {
  try {
    const repo = openRepo(io.cwd);
    return flag === '--of' ? itemsOf('tools', repo.itemPaths) : (declaredScopes(repo.read('src/mcp.ts') ?? '') ?? []);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
