import type { Tool } from '../../../base/src/platform/define/tool.js';
import type { Services } from '../../../example/notes/src/services/index.js';

export declare const tools: Tool<Services>[];
