// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import { createMemoryNotes } from './notes.js';
import { dsn, effects } from '../effects.js';

export function createServices({ log }) {
  const notesOf = createMemoryNotes();
  return {
    read: ({ tenant }) => ({ notes: notesOf(tenant), effects }),
    write: ({ tenant }) => ({ notes: notesOf(tenant), effects }),
    async ready() {
      if (process.env.PROBE_READY === 'throws') throw new Error(dsn());
      return process.env.PROBE_READY !== 'false';
    },
    async close() {
      log.info('probe.closed', { effects: effects.size });
    },
  };
}
