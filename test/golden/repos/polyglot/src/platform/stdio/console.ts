import { Console } from 'node:console';

// stdout belongs to the protocol. Imported first, so that even a module that
// logs while it loads cannot put a stray line between two messages.
globalThis.console = new Console(process.stderr);
