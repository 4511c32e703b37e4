import { bindDefinitions } from './platform/define/bind.js';
import type { Services } from './services/index.js';

/** The OAuth scopes of this server; a tool that names another one does not compile. */
export type Scope = 'notes:read' | 'notes:write';

export const { defineTool, defineResource, definePrompt } = bindDefinitions<Services, Scope>();
export { Cursor } from './platform/call/cursor.js';
export { ToolError } from './platform/call/error.js';
export { partial, result, stale } from './platform/call/result.js';
export { deprecatedName } from './platform/define/deprecated.js';
