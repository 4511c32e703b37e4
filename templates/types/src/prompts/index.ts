import type { Registrable } from '../../../base/src/platform/define/resource.js';
import type { Services } from '../../../example/notes/src/services/index.js';

export declare const prompts: Registrable<Services>[];
