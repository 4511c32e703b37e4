import type { DeployTarget, SessionStore } from '../feature.ts';

/** Nobody asks for these over stdio: a rule refuses it. */
const stdio = '';

/** How many instances run on one machine, and why. */
export const besideEachOther: Readonly<Record<SessionStore['reach'], { readonly ports: readonly number[]; readonly why: string }>> = {
  none: {
    ports: [3001],
    why: 'One instance runs, because each remembers\nidempotency keys for itself; calls are turned away while it restarts. Another is one more line in the site and port in the loop.',
  },
  process: { ports: [3001], why: 'One instance runs, because\nsessions live in it and end when it restarts.' },
  shared: { ports: [3001, 3002, 3003], why: 'Three instances take calls\nin turn; none fails while they restart one after the other.' },
};

/** Machines of one's own. */
export const hostTargets = [
  {
    id: 'systemd',
    title: 'systemd',
    hint: 'a Linux machine of your own: a hardened unit, nginx or Caddy in front',
    kind: 'network',
    severalInstances: false,
    templates: ['deploy/systemd'],
    use: {
      network: `\`deploy/systemd/\` has a unit that runs an instance per port, and a site each for nginx and Caddy with TLS: take one. Once, on the
machine (systemd 250 or newer, Node.js as \`/usr/bin/node\`, curl), with your address in place of \`mcp.example.com\`:

\`\`\`sh
sudo install -D -m 600 deploy/systemd/settings.env /etc/<app>/settings.env   # needs <settings>
<files>
sudo install -m 644 deploy/systemd/nginx.conf /etc/nginx/conf.d/<app>.conf   # or Caddyfile, to /etc/caddy/
sudo install -m 644 deploy/systemd/server@.service /etc/systemd/system/<app>@.service
\`\`\`

and for each release, which the instances take one after the other:

\`\`\`sh
npm run build
sudo install -D -m 644 -t /opt/<app> package.json dist/node.js*
for port in <ports>; do sudo systemctl enable <app>@$port && sudo systemctl restart <app>@$port || break; done
\`\`\`

Cost: the machine; an instance takes 512 MiB at most. <instances>
<strangers>A stopped instance says so on \`/readyz\` first and has <stop> s in all. Whoever raises a tool's deadline raises
\`SHUTDOWN_GRACE_MS\` and \`TimeoutStopSec\` with it. Every stream takes nginx two of its \`worker_connections\`. Log: \`journalctl -u '<app>@*'\`.
Checked without your machine: the unit and its exposure by \`systemd-analyze\`, both sites by nginx and Caddy themselves, and both in front
of running instances. A booted systemd, the certificate and its renewal are not.`,
      stdio,
    },
  },
] as const satisfies readonly DeployTarget[];
