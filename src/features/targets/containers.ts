import type { DeployTarget } from '../feature.ts';

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
    templates: ['deploy/docker', 'deploy/kubernetes'],
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
Checked without a cluster: types and rendering. Admission, the metrics server that autoscaling needs, and whether your network plug-in
enforces the policy can only be seen in yours.`,
      stdio,
    },
  },
] as const satisfies readonly DeployTarget[];
