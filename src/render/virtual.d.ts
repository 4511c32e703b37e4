/** Every file below `templates/`, made by `src/build/templates.ts`: text as it is, `.hbs` files precompiled. */
declare module 'virtual:templates' {
  export const texts: Readonly<Record<string, string>>;
  export const specs: Readonly<Record<string, TemplateSpecification>>;
  /** Exact versions of everything a generated repo can depend on, from `templates/package.json`. */
  export const versions: Readonly<Record<string, string>>;
}

/** Every file below `templates/items/`, which `add` renders into a repository that exists. */
declare module 'virtual:item-templates' {
  export const itemTexts: Readonly<Record<string, string>>;
  export const itemSpecs: Readonly<Record<string, TemplateSpecification>>;
}

/** What `check` runs inside a repository, as texts. */
declare module 'virtual:check-scripts' {
  export const inspectScript: string;
  export const trustScript: string;
}

/** Flags of the answers, made by `src/build/answer-flags.ts` from the schema, so that `--help` loads no zod. */
declare module 'virtual:answer-flags' {
  export const answerFlags: readonly {
    readonly key: string;
    readonly flag: string;
    readonly description: string;
    readonly choices?: readonly string[];
  }[];
}
