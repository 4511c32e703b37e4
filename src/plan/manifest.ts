import type { Answers } from '../answers/schema.ts';
import { answersSchema } from '../answers/schema.ts';
import { sha256 } from '../tree/hash.ts';
import type { TreeFile } from '../tree/tree.ts';

/** Shape of `.mcp-gen.json`: no secret, no date, no random value. */
export interface Manifest {
  readonly $schema: string;
  readonly version: string;
  readonly answers: Answers;
  /** SHA-256 in hex by path; the manifest itself and lockfiles are not in it. */
  readonly files: Readonly<Record<string, string>>;
}

export function renderManifest(answers: Answers, version: string, files: readonly TreeFile[]): string {
  const inOrder = Object.keys(answersSchema.shape).flatMap((key) => {
    const value = answers[key as keyof Answers];
    return value === undefined ? [] : [[key, value]];
  });
  const manifest = {
    $schema: `https://unpkg.com/create-mcp-server@${version}/dist/mcp-gen.schema.json`,
    version,
    answers: Object.fromEntries(inOrder) as Answers,
    files: Object.fromEntries(files.map((file) => [file.path, sha256(file.contents)])),
  } satisfies Manifest;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
