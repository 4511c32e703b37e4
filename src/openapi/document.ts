import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../error.ts';
import type { UserError } from '../error.ts';

/** An object of a document. Read its keys with {@link member}: a document can have a key `constructor`. */
export type Json = Readonly<Record<string, unknown>>;

/** Bytes. GitHub's own document, one of the largest there are, has 13 MB as JSON; YAML takes forty times as long to read. */
const largest = { json: 32_000_000, yaml: 4_000_000 } as const;

/** Why something of a document can't become a tool, as the rest of a sentence about it. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** What an own key of an object holds; undefined for anything else. */
export function member(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as Json)[key] : undefined;
}

export function objectAt(node: unknown, key: string): Json | undefined {
  return asObject(member(node, key));
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function listAt(node: unknown, key: string): readonly unknown[] {
  const value = member(node, key);
  return Array.isArray(value) ? value : [];
}

export function textAt(node: unknown, key: string): string | undefined {
  const value = member(node, key);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Reads an OpenAPI 3 document, JSON or YAML.
 * @throws {UserError} `invalid_document` (exit 2) with the reason: not a file, too large, not readable, another format.
 */
export async function readDocument(cwd: string, file: string): Promise<Json> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) throw refused(file, 'is an address: nothing is fetched here', 'Download it and look at it first, then give the file.');
  const at = path.resolve(cwd, file);
  const found = statSync(at, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw refused(file, 'is no file', 'Give the path of an OpenAPI 3 document, such as openapi.yaml');
  if (found.size > largest.json) throw refused(file, `has ${Math.ceil(found.size / 1_000_000)} MB, more than ${largest.json / 1_000_000}`, 'Leave in it what agents shall do.');
  const document = await parsed(file, readFileSync(at, 'utf8').replace(/^\uFEFF/, ''));
  const version = textAt(document, 'openapi');
  if (version !== undefined && /^3\.[0-2](?:\.|$)/.test(version) && objectAt(document, 'paths') !== undefined) return document;
  const swagger = member(document, 'swagger') !== undefined;
  throw refused(file, swagger ? 'is Swagger 2.0' : 'is no OpenAPI 3 document: it has no "openapi: 3..." or no paths', swagger ? 'Convert it to OpenAPI 3 first, for example with npx swagger2openapi.' : undefined);
}

async function parsed(file: string, text: string): Promise<Json> {
  const json = /^\s*\{/.test(text);
  if (!json && Buffer.byteLength(text) > largest.yaml) throw refused(file, `has more than ${largest.yaml / 1_000_000} MB, too much for YAML`, 'Give it as JSON, or leave in it what agents shall do.');
  try {
    // Aliases are counted by the library: a few lines can stand for gigabytes.
    const document = asObject(json ? JSON.parse(text) : (await import('yaml')).parse(text, { maxAliasCount: 100, merge: false, logLevel: 'error' }));
    if (document !== undefined) return document;
  } catch (error) {
    throw refused(file, `can't be read as ${json ? 'JSON' : 'YAML'}: ${reasonOf(error)}`);
  }
  throw refused(file, 'holds no object');
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply';
  return (error instanceof Error ? (error.message.split('\n')[0] ?? '') : '').slice(0, 200);
}

function refused(file: string, why: string, hint?: string): UserError {
  return usageError('invalid_document', `${file.slice(0, 200)} ${why}.`, hint);
}
