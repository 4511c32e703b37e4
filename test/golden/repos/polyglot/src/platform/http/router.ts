import type { Hono } from 'hono';
import type { ReadBody } from './body.js';

/** The Hono app; an entry may hand each request a faster way to read its body. */
export type Router = Hono<{ Bindings: { readBody?: ReadBody } }>;

/** A server that stops is first announced (`leaving`: not ready, still serving), then refuses work (`draining`). */
export type Phase = 'serving' | 'leaving' | 'draining';
