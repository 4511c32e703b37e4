import type * as z from 'zod';
import type { ServicesShape } from './context.js';
import { compilePrompt, type PromptParts } from './prompt.js';
import { compileResource, type Registrable, type ResourceParts } from './resource.js';
import { compileTool, type Tool, type ToolDefinition } from './tool.js';

/** The three ways to define something, bound to the services and scopes of this server. */
export interface Definitions<S extends ServicesShape, Scope extends string> {
  defineTool<I extends z.ZodObject, O extends z.ZodType>(definition: ToolDefinition<I, O, S, Scope>): Tool<S>;
  defineResource<P extends z.ZodObject, O extends z.ZodType>(definition: ResourceParts<P, O, S, Scope>): Registrable<S>;
  definePrompt<A extends z.ZodObject>(definition: PromptParts<A, S, Scope>): Registrable<S>;
}

/** Binds the definition functions to types; called once, in `src/mcp.ts`. */
export function bindDefinitions<S extends ServicesShape, Scope extends string>(): Definitions<S, Scope> {
  return { defineTool: compileTool, defineResource: compileResource, definePrompt: compilePrompt };
}
