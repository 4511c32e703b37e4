import { BlockList, isIP } from 'node:net';
import { cleaned } from './text.ts';
import { listAt, objectAt, textAt } from './document.ts';
import type { Json } from './document.ts';

/** Where an API is, as its document says, or why that is not taken. */
export type BaseUrl = { readonly url: string } | { readonly fault: string };

/** Addresses that are nobody's API: a document from a stranger must not send requests inside (RFC 1918, 3927, 4193, 6598, 6890). */
const inside = new BlockList();
for (const [net, prefix] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const) inside.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [['::', 127], ['64:ff9b::', 96], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8]] as const) inside.addSubnet(net, prefix, 'ipv6');

/** The first server of a document, when it is a public https address. */
export function baseUrlOf(document: Json): BaseUrl {
  const [server] = listAt(document, 'servers');
  const template = textAt(server, 'url');
  if (template === undefined) return { fault: 'the document names no server' };
  const variables = objectAt(server, 'variables');
  const filled = template.slice(0, 500).replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => textAt(objectAt(variables, name), 'default') ?? whole);
  const fault = baseUrlFault(filled) ?? (isInside(new URL(filled)) ? 'is an address inside a network' : new URL(filled).protocol === 'http:' ? 'is not encrypted' : undefined);
  return fault === undefined ? { url: plainUrl(filled) } : { fault: `the server ${JSON.stringify(filled.slice(0, 100))} of the document ${fault}` };
}

/** Why a text can't be the address of an API, as the rest of a sentence about it; undefined when it can. */
export function baseUrlFault(text: string): string | undefined {
  if (!URL.canParse(text) || cleaned(text, 500).fault !== undefined) return 'is not a whole address';
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'is not http';
  if (username !== '' || password !== '') return 'has a password in it';
  return search === '' && hash === '' ? undefined : 'has a query';
}

/** Without a slash at its end. */
export function plainUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

function isInside({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(host);
  if (family !== 0) return inside.check(host, family === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /(?:^|\.)(?:localhost|internal|local|lan|home\.arpa)\.?$/.test(host);
}
