/** What of JSON Schema can be said in a tool: everything closed, and in its input everything bounded. */
export type Shape = (Text | Numeric | Flag | Choice | List | Structure | Either) & { readonly nullable?: boolean };

export const formats = ['date', 'date-time', 'email', 'uuid', 'uri', 'byte'] as const;
export type Format = (typeof formats)[number];

export interface Text {
  readonly kind: 'text';
  readonly format?: Format | undefined;
  /** Characters. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly pattern?: { readonly source: string; readonly example: string } | undefined;
}

export interface Numeric {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface Flag {
  readonly kind: 'flag';
}

export interface Choice {
  readonly kind: 'choice';
  readonly values: readonly (string | number | boolean)[];
}

export interface List {
  readonly kind: 'list';
  readonly items: Shape;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface Structure {
  readonly kind: 'structure';
  readonly properties: readonly Property[];
}

export interface Either {
  readonly kind: 'either';
  readonly options: readonly Shape[];
}

export interface Property {
  readonly name: string;
  readonly shape: Shape;
  /** What is told about it, in one line. */
  readonly about: string;
  readonly required: boolean;
}
