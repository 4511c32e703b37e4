import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';

/** Gives the text of a file of a repo. */
export type RepoFile = (file: string) => string;

export type Settings = Readonly<Record<string, string>>;

/** What the image sets, and what a file of settings does. */
const image = (read: RepoFile): Settings => Object.fromEntries([.../^ENV (.*)$/m.exec(read('Dockerfile'))?.[1]?.matchAll(/(\w+)=(\S*)/g) ?? []].map(([, name = '', value = '']) => [name, value]));
const assigned = (text: string): Settings => Object.fromEntries([...text.matchAll(/^([A-Z]\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

/** What a place tells the server, from the files that the place reads; secrets excepted, which it gives by reference. */
const places: Readonly<Record<string, (read: RepoFile) => Settings>> = {
  docker: image,
  kubernetes: (read) => ({ ...image(read), ...assigned(read('deploy/kubernetes/overlays/prod/settings.env')) }),
  ecs: (read) => ({ ...image(read), TRUSTED_PROXY_HOPS: /TRUSTED_PROXY_HOPS: '(\d+)'/.exec(read('deploy/aws/ecs.ts'))?.[1] ?? '' }),
  'cloud-run': (read) => {
    const { spec } = parseYaml(read('deploy/cloud-run/service.yaml')) as { spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } } };
    const given = spec.template.spec.containers.flatMap(({ env }) => env).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
    return { ...image(read), ...(Object.fromEntries(given) as Settings) };
  },
  fly: (read) => ({ ...image(read), ...(parseToml(read('fly.toml')) as { env: Settings }).env }),
  systemd: (read) => assigned(read('deploy/systemd/settings.env')),
};

/** Where a place tells the server nothing by itself, that it is in production. */
export function settingsOf(place: string, read: RepoFile): Settings {
  return places[place]?.(read) ?? { NODE_ENV: 'production' };
}
