import { Unusable, asObject, member, textAt } from './document.ts';
import type { Json } from './document.ts';

/** Nodes that the schemas of one operation may take: a handful of lines can refer to each other a billion times. */
const mostNodes = 5_000;

/** A node, and the references that were followed to come to it. */
export interface Place {
  readonly node: Json;
  readonly trail: readonly string[];
}

/** Follows the references of one operation. Only those into the document itself: no file and no address is ever opened. */
export class References {
  #nodes = 0;

  constructor(private readonly root: Json) {}

  /** @throws {Unusable} for a reference that leads out, nowhere or in a circle, and when there is no end of it. */
  follow(value: unknown, trail: readonly string[]): Place {
    if (++this.#nodes > mostNodes) throw new Unusable(`refers to more than ${mostNodes} schemas`);
    const node = asObject(value);
    if (node === undefined) return { node: {}, trail };
    const reference = textAt(node, '$ref');
    if (reference === undefined) return { node, trail };
    if (trail.includes(reference)) throw new Unusable(`holds itself: ${JSON.stringify(reference.slice(0, 100))}`);
    return this.follow(this.#find(reference), [...trail, reference]);
  }

  /** RFC 6901 in a URI fragment. */
  #find(reference: string): unknown {
    const shown = JSON.stringify(reference.slice(0, 100));
    if (!reference.startsWith('#/')) throw new Unusable(`refers to ${shown}, which is not in this document`);
    const keys = reference.slice(2).split('/').map((key) => decoded(key).replaceAll('~1', '/').replaceAll('~0', '~'));
    const found = keys.reduce<unknown>(member, this.root);
    if (found === undefined) throw new Unusable(`refers to ${shown}, which does not exist`);
    return found;
  }
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
