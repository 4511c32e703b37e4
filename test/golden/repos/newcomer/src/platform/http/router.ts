import type { Hono } from 'hono';
import type { ReadBody } from './body.js';

/** The Hono app; an entry may hand each request a faster way to read its body, and tells the address of who has connected. */
export type Router = Hono<{ Bindings: { readBody?: ReadBody; peer?: string } }>;

/** A server that stops is first announced (`leaving`: not ready, still serving), then refuses work (`draining`). */
export type Phase = 'serving' | 'leaving' | 'draining';
