import { runInThisContext } from 'node:vm';
import Handlebars from 'handlebars';
import { specs } from 'virtual:templates';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parsePartial } from '../../src/answers/resolve.ts';
import { answersSchema } from '../../src/answers/schema.ts';
import { UserError } from '../../src/error.ts';
import { chosenFeatures } from '../../src/plan/chosen.ts';
import { templateContext } from '../../src/plan/context.ts';
import { compileOptions } from '../../src/render/compile-options.ts';
import { render } from '../../src/render/engine.ts';
import { combinations, planned, version } from '../matrix/combinations.ts';
import { templateSources } from './sources.ts';

/** Compiles as the build does, so that what a template could say is tried on the engine that renders. */
function rendered(source: string, context: object): string {
  const spec = runInThisContext(`(${String(Handlebars.precompile(source, compileOptions))})`) as TemplateSpecification;
  return render(spec, context);
}

const [first] = combinations();
const answers = first ?? answersSchema.parse(undefined);
const hostile = `<b class="x">'&' = \`y\`</b> {{name}} {{{name}}} {{#each deploy}}z{{/each}} {{> p}} \${HOME} \${{ secrets.X }}`;

// Handlebars says on the console what it denies.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

describe('the engine', () => {
  test('S132 does not escape HTML: a value arrives as it is', () => {
    expect(rendered('{{x}}|{{{x}}}', { x: hostile })).toBe(`${hostile}|${hostile}`);
  });

  test('S130 does not execute a value: it is rendered once', () => {
    const { files } = planned({ ...answers, title: '{{name}} {{{name}}}', description: '{{#each deploy}}z{{/each}} {{json answers}}' });
    const server = files.get('src/server.ts') ?? '';
    expect(server).toContain("title: '{{name}} {{{name}}}'");
    expect(server).toContain("description: '{{#each deploy}}z{{/each}} {{json answers}}'");
    expect(files.get('README.md')).toContain('# {{name}} {{{name}}}');
  });

  test.each(['{{missing}}', '{{json missing}}', '{{ts missing}}', '{{md missing}}', '{{yaml missing}}', '{{docker missing}}', '{{mdLink missing}}', '{{a.b.c}}', '{{@root.missing}}', '{{#if (has missing "x")}}{{/if}}', '{{#if (eq missing "x")}}{{/if}}'])(
    'S133 throws for %s instead of rendering nothing',
    (source) => {
      expect(() => rendered(source, { a: 1 })).toThrow(/./);
    },
  );

  test.each(['{{title "x"}}', '{{unknown "x"}}', '{{#unknown "x"}}{{/unknown}}', '{{#if (unknown "x")}}{{/if}}'])('S133 does not compile %s: only known helpers are called', (source) => {
    expect(() => void Handlebars.precompile(source, compileOptions)).toThrow(/knownHelpersOnly/);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'constructor.constructor', 'title.constructor', '__defineGetter__', '__lookupGetter__', '@root.constructor', 'this.constructor'])(
    'S135 keeps the prototype out of reach of {{%s}}',
    (path) => {
      const attempts = [`{{${path}}}`, `{{json ${path}}}`, `{{#with ${path}}}{{name}}{{/with}}`, `{{#if ${path}}}reached{{/if}}`, `{{#each ${path}}}reached{{/each}}`, `{{lookup . "${path}"}}`];
      const results = attempts.map((source) => [source, attempt(() => rendered(source, { title: 'T', list: [] }))]);
      expect(results.filter(([, result]) => result !== '')).toEqual([]);
    },
  );
});

/** What comes out, or nothing when it throws: both keep what is behind a path where it is. */
function attempt(work: () => string): string {
  try {
    return work();
  } catch {
    return '';
  }
}

describe('S133 every value a template prints', () => {
  const targets = templateSources().flatMap(({ source, hbs }) => (hbs === undefined ? [] : [{ source: source.slice(0, -'.hbs'.length), hbs }]));
  const printed = targets.flatMap(({ source, hbs }) => {
    const names = [...hbs.matchAll(/\{\{(?:(?:json|ts|md|mdLink|yaml|docker) )?(\w+)\}\}/g)].map(([, name = '']) => name);
    // What stands in a list belongs to its elements.
    const outside = new Set(hbs.replaceAll(/\{\{#each[\s\S]*?\{\{\/each\}\}/g, '').match(/\w+(?=\}\})/g) ?? []);
    // What a block asks for first is not printed when it is missing.
    return [...new Set(names)].filter((name) => outside.has(name) && name !== 'else' && !hbs.includes(`{{#if ${name}}}`)).map((name) => ({ source, name }));
  });

  test('is found', () => {
    expect(printed.length).toBeGreaterThan(20);
  });

  test.each(printed)('is missed: $source without $name does not render', ({ source, name }) => {
    const spec = specs[source];
    // Some are printed for some answers only.
    const renders = [...combinations()].every((one) => {
      const { [name as 'name']: _removed, ...context } = templateContext(one, chosenFeatures(one), version);
      return spec !== undefined && typeof attemptError(() => render(spec, context)) === 'string';
    });
    expect(renders).toBe(false);
  });
});

describe('S136 a template as an answer', () => {
  const asts = [
    Handlebars.parse('{{constructor}}'),
    { type: 'Program', body: [{ type: 'MustacheStatement', path: 0, params: [{ type: 'NumberLiteral', value: "process.mainModule.require('child_process')" }] }] },
    { main: () => 'x', useData: true },
    ['x'],
    new String('x'),
  ];
  const keys = Object.keys(answersSchema.shape) as (keyof typeof answersSchema.shape)[];

  test.each(keys)('is refused as %s', (key) => {
    for (const ast of asts) {
      expect(answersSchema.safeParse({ ...answers, [key]: ast }).success).toBe(false);
      const refusal = attemptError(() => parsePartial({ [key]: ast }, { title: 'Invalid', nameOf: (one) => one, hint: '' }));
      expect(refusal).toBeInstanceOf(UserError);
      expect(refusal).toMatchObject({ code: 'invalid_answers', exitCode: 2 });
    }
  });

  test.each(['json', 'ts', 'md', 'mdLink', 'yaml', 'docker'])('is never compiled by the helper %s', (helper) => {
    const result = attempt(() => rendered(`{{${helper} ast}}`, { ast: Handlebars.parse('{{leaked}}'), leaked: 'executed' }));
    expect(result).not.toContain('executed');
  });

  test('is no template to the engine, which has no compiler', () => {
    expect(() => render(Handlebars.parse('{{name}}') as never, answers)).toThrow(/./);
    expect(() => render('{{name}}' as never, answers)).toThrow(/./);
  });
});

function attemptError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
