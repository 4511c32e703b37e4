import type { Prompt } from '../../../base/src/platform/define/prompt.js';
import type { Services } from '../../../example/notes/src/services/index.js';

export declare const prompts: Prompt<Services>[];
