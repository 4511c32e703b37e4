import Handlebars from 'handlebars/runtime';
import { helpers } from './helpers.ts';

const engine = Handlebars.create();
for (const [name, helper] of Object.entries(helpers)) engine.registerHelper(name, helper);

/** Renders one precompiled template, once: what comes out is never rendered again. @throws when a value is missing. */
export function render(spec: TemplateSpecification, context: object): string {
  return engine.template(spec)(context);
}
