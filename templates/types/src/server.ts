import type { RegisterHook, ServerIdentity } from '../../base/src/platform/server/definition.js';

export declare const identity: ServerIdentity;
export declare const register: RegisterHook;
