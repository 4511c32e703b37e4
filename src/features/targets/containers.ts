import type { DeployTarget } from '../feature.ts';
import { image } from './packages.ts';

/** Nobody asks for these over stdio: a rule refuses it. */
const stdio = '';

/** Platforms that run the image. */
export const containerTargets = [
  {
    id: 'kubernetes',
    title: 'Kubernetes',
    hint: 'kustomize: probes, autoscaling, network policy, restricted pod security; several instances',
    kind: 'network',
    severalInstances: true,
    templates: ['deploy/docker', 'deploy/image', 'deploy/kubernetes'],
    use: {
      network: `Plain manifests and two kustomize overlays in \`deploy/kubernetes/\`. Write the address and <required> into
\`overlays/prod/settings.env\` and the registry into \`overlays/prod/kustomization.yaml\`; secrets are named, never written down. Then

\`\`\`sh
kubectl apply -f deploy/kubernetes/overlays/prod/namespace.yaml
kubectl -n <app> create secret generic <app> <literals>
kubectl apply -k deploy/kubernetes/overlays/prod
\`\`\`

Cost: two to ten pods of 0.1 CPU and 128 MiB each (at most 512 MiB), whatever your cluster asks for them. A pod that is stopped says so on
\`/readyz\` first and has <stop> s in all. What routes to it (Gateway, Ingress) must not buffer and must not cut streams off after a
minute; \`networkpolicy.yaml\` lets in only namespaces with the label \`mcp-clients: allowed\`: put it on the one your gateway runs in.
The dev overlay is one pod in development mode, to be reached by \`kubectl port-forward\`.
${image}
Checked without a cluster: types and rendering. Admission, the metrics server that autoscaling needs, and whether your network plug-in
enforces the policy can only be seen in yours.`,
      stdio,
    },
  },
  {
    id: 'ecs',
    title: 'AWS ECS on Fargate',
    hint: 'the image behind a load balancer with TLS, by CDK; two to ten tasks, and what they share in ElastiCache',
    kind: 'network',
    severalInstances: true,
    templates: ['deploy/docker', 'deploy/aws', 'deploy/ecs'],
    stateTemplates: { shared: ['deploy/ecs_store'] },
    infrastructure: { ecs: 'cdk deploy --app "tsx ecs.ts"' },
    use: {
      network: `\`deploy/aws/ecs.ts\` is a CDK stack: a network of two zones, two to ten tasks in its private half, a load balancer that speaks TLS only and
asks \`/readyz\`, the log for 30 days and, where state is shared, Valkey (ElastiCache) over TLS. Secrets Manager makes what nobody has to know
(<secrets>); the task only names it. In your shell: \`CERTIFICATE_ARN\`, a certificate of ACM in the same region for the name in
\`MCP_PUBLIC_URL\`, that one and <required>. With Docker running, because the image is built where you are:

\`\`\`sh
npm --prefix deploy/aws install
npm --prefix deploy/aws exec -- cdk bootstrap aws://<account>/<region>
npm --prefix deploy/aws run ecs
\`\`\`

The second is needed once per account and region, the third whenever something has changed; let your name point to the address it prints.
A deployment that does not get ready is rolled back. A task that goes is taken out of the load balancer first, and has <stop> s then and <stop> s
after SIGTERM. Cost: about 80 USD a month before anyone calls (two tasks of 0.25 CPU 18, load balancer 16, NAT gateway 33, addresses 11),
20 more with Valkey. A tool may take longer than the minute that the load balancer waits in silence: its answer is streamed.
Checked without AWS: types and the template. Real permissions, quotas, the image's way into the registry and prices are not.`,
      stdio,
    },
  },
  {
    id: 'cloud-run',
    title: 'Google Cloud Run',
    hint: 'the image as a service of zero to ten instances; nothing runs while nobody calls',
    kind: 'network',
    severalInstances: true,
    sharedState: { severity: 'warned', why: 'Redis (Memorystore) is in a network that the service has to be connected to, and runs while nobody calls.' },
    templates: ['deploy/docker', 'deploy/cloud_run'],
    use: {
      network: `\`deploy/cloud-run/service.yaml\` is the whole service. Write your project, region, the address and <required> into it. Once, a service account
called \`mcp-server\`, the secrets (\`<app>-MCP_SECRET\` and so on, each readable by that account: \`roles/secretmanager.secretAccessor\`) and a
repository \`mcp\` in Artifact Registry:

\`\`\`sh
gcloud iam service-accounts create mcp-server
openssl rand -base64 32 | tr -d '\\n' | gcloud secrets create <app>-MCP_SECRET --data-file=-
gcloud secrets add-iam-policy-binding <app>-MCP_SECRET --role=roles/secretmanager.secretAccessor --member=serviceAccount:mcp-server@<project>.iam.gserviceaccount.com
gcloud artifacts repositories create mcp --repository-format=docker --location=<region>
\`\`\`

Then, whenever something has changed:

\`\`\`sh
docker build --platform linux/amd64 --tag <region>-docker.pkg.dev/<project>/mcp/<app>:0.1.0 .
docker push <region>-docker.pkg.dev/<project>/mcp/<app>:0.1.0
gcloud run services replace deploy/cloud-run/service.yaml --region=<region>
\`\`\`

The address is \`https://<app>-<project number>.<region>.run.app/mcp\`, unless you map a name of yours. Cost: per second that an instance is there, about
0.07 USD an hour, and up to a quarter of an hour after the last call; nothing while there is none. Between SIGTERM and the end there are 10 s, whatever
\`SHUTDOWN_GRACE_MS\` says; Google sends it to instances that serve nothing, which are gone after 6 s. Paths that end in z
(\`/healthz\`, \`/readyz\`) Google may answer itself when they are asked from outside. Without a provider that signs users in, only who has
\`roles/run.invoker\` gets through.
Checked without Google Cloud: the file against the types of its API, and the names of its annotations. Permissions, quotas, probes and prices are not.`,
      stdio,
    },
  },
  {
    id: 'fly',
    title: 'Fly.io',
    hint: 'the image as one machine that always runs, by flyctl',
    kind: 'network',
    severalInstances: false,
    templates: ['deploy/docker', 'deploy/fly'],
    use: {
      network: `\`fly.toml\` is the whole app: one small machine that always runs. Write the region you want and <required> into it, and another name and address if
the name is taken. Then

\`\`\`sh
fly apps create <app>
fly secrets set --stage <assignments>
fly deploy --ha=false
\`\`\`

the last one whenever something has changed. A new machine has to be ready before the old one leaves the proxy, gets SIGTERM and has <stop> s. For more than one,
\`fly scale count 2\`: unless sessions are kept in the memory of one. Cost: about 4 USD a month for a machine of one shared CPU and
512 MB, each. Plain HTTP is redirected, as Fly does not let an app close port 80: give out the \`https\` address only.
Checked without Fly.io: every key and value against what flyctl reads; \`fly config validate --strict\` has flyctl say so itself. Machines, the proxy and prices are not.`,
      stdio,
    },
  },
] as const satisfies readonly DeployTarget[];
