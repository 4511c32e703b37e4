import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PartialAnswers } from '../../src/answers/resolve.ts';
import type { Synthesized } from './cdk.ts';
import { CANARY, ofType, only, shell, synthesize } from './cdk.ts';
import { filesOf, graceSeconds } from './repo.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000000';

interface Variant {
  readonly answers: PartialAnswers;
  /** What the shell says for the server, beside what is the same for all. */
  readonly settings: Readonly<Record<string, string>>;
  /** Names of its secrets. */
  readonly secrets: readonly string[];
  /** Who may connect to whom, and to which port. */
  readonly paths: readonly (readonly [from: string, to: string, port: number])[];
  /** How many resources of ElastiCache there are. */
  readonly stores: number;
}

const alone: Variant = {
  answers: { transport: 'http', auth: 'none', deploy: ['ecs'] },
  settings: { ALLOW_UNAUTHENTICATED: 'true' },
  secrets: ['MCP_SECRET'],
  paths: [['Balancer', 'Service', 3000]],
  stores: 0,
};
const shared: Variant = {
  answers: { transport: 'both', auth: 'keycloak', session: 'redis', deploy: ['ecs', 'lambda'] },
  settings: { KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' },
  secrets: ['MCP_SECRET', 'REDIS_URL'],
  paths: [['Balancer', 'Service', 3000], ['Service', 'StoreWall', 6379]],
  stores: 3,
};

/** Synthesized when the first test asks. */
const made = new Map<Variant, Synthesized>();
function stackOf(variant: Variant): Synthesized['template'] & Pick<Synthesized, 'assets'> {
  const found = made.get(variant) ?? synthesize(variant.answers, 'ecs', { ...shell, ...variant.settings, CERTIFICATE_ARN: CERTIFICATE });
  made.set(variant, found);
  return { ...found.template, assets: found.assets };
}

type Stack = ReturnType<typeof stackOf>;

const container = (stack: Stack): Record<string, unknown> => (only(stack, 'AWS::ECS::TaskDefinition')['ContainerDefinitions'] as Record<string, unknown>[])[0] ?? {};

/** Attributes of a load balancer or a target group. */
const attributes = (list: unknown): Record<string, string> => Object.fromEntries((list as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));

/** The resource that a reference names, by the start of its name. */
const named = (value: unknown): string => /"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(JSON.stringify(value))?.[1] ?? '';

describe.each([
  ['none, stateless', alone],
  ['keycloak, redis', shared],
] as const)('R158 the ECS stack, %s', (_title, variant) => {
  const files = filesOf(variant.answers);
  let stack: Stack;
  beforeAll(() => {
    stack = stackOf(variant);
  }, 120_000);

  test('runs two to ten small tasks that write nothing, new ones first, and takes back what does not get ready', () => {
    expect(only(stack, 'AWS::ECS::TaskDefinition')).toMatchObject({ Cpu: '256', Memory: '512', RequiresCompatibilities: ['FARGATE'], RuntimePlatform: { CpuArchitecture: 'X86_64' } });
    expect(container(stack)).toMatchObject({ ReadonlyRootFilesystem: true, PortMappings: [{ ContainerPort: 3000 }], LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'blocking' } } });
    const service = only(stack, 'AWS::ECS::Service');
    expect(service).toMatchObject({ DeploymentConfiguration: { MinimumHealthyPercent: 100, MaximumPercent: 200, DeploymentCircuitBreaker: { Enable: true, Rollback: true } } });
    // Stated, it would undo at every deployment what autoscaling has decided.
    expect(service).not.toHaveProperty('DesiredCount');
    expect(only(stack, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({ MinCapacity: 2, MaxCapacity: 10 });
    expect(only(stack, 'AWS::ApplicationAutoScaling::ScalingPolicy')).toMatchObject({ TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } });
    expect(only(stack, 'AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 30 });
  });

  test('waits longer than the server, before SIGTERM and after it', () => {
    const delay = Number(attributes(only(stack, 'AWS::ElasticLoadBalancingV2::TargetGroup')['TargetGroupAttributes'])['deregistration_delay.timeout_seconds']);
    for (const seconds of [container(stack)['StopTimeout'] as number, delay]) {
      expect(seconds).toBeGreaterThan(graceSeconds(files) + 1);
      // Fargate allows no more.
      expect(seconds).toBeLessThanOrEqual(120);
    }
  });

  test('R110 sends work to whatever is ready, and replaces what is not only after a minute', () => {
    const group = only(stack, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(group).toMatchObject({ HealthCheckPath: '/readyz', Protocol: 'HTTP', TargetType: 'ip' });
    expect(attributes(group['TargetGroupAttributes'])['stickiness.enabled']).toBe('false');
    expect(Number(group['HealthCheckIntervalSeconds']) * Number(group['UnhealthyThresholdCount'])).toBeGreaterThanOrEqual(60);
  });

  test('hangs up after the longest call and before the server does', () => {
    const [, deadline] = /DEFAULT_TIMEOUT_MS = (\d+)_000/.exec(files.get('src/platform/call/deadline.ts') ?? '') ?? [];
    const [, keepAlive] = /keepAliveTimeout: (\d+)_000/.exec(files.get('src/platform/node/listen.ts') ?? '') ?? [];
    const idle = Number(attributes(only(stack, 'AWS::ElasticLoadBalancingV2::LoadBalancer')['LoadBalancerAttributes'])['idle_timeout.timeout_seconds']);
    expect(Number(deadline)).toBeGreaterThan(0);
    expect(idle).toBeGreaterThan(Number(deadline) + 5);
    expect(idle).toBeLessThan(Number(keepAlive));
  });

  test('the world reaches the load balancer over TLS, the load balancer the tasks, the tasks their store, and nobody else anything', () => {
    expect(only(stack, 'AWS::ElasticLoadBalancingV2::Listener')).toMatchObject({ Port: 443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: CERTIFICATE }], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' });
    expect(only(stack, 'AWS::ECS::Service')).toMatchObject({ NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } } });
    const open = ofType(stack, 'AWS::EC2::SecurityGroup').flatMap(({ SecurityGroupIngress = [] }) => SecurityGroupIngress as Record<string, unknown>[]);
    expect(open.map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort])).toEqual([['0.0.0.0/0', 443, 443]]);
    const groups = new Map(['Balancer', 'Service', 'StoreWall'].map((start) => [Object.entries(stack.Resources).find(([id, { Type }]) => Type === 'AWS::EC2::SecurityGroup' && id.startsWith(start))?.[0], start]));
    const paths = ofType(stack, 'AWS::EC2::SecurityGroupIngress').map(({ SourceSecurityGroupId, GroupId, FromPort }) => [groups.get(named(SourceSecurityGroupId)), groups.get(named(GroupId)), FromPort]);
    expect(paths.toSorted()).toEqual(variant.paths);
  });

  test('R041 passes settings on, names secrets, and holds none', () => {
    const environment = Object.fromEntries((container(stack)['Environment'] as { Name: string; Value: unknown }[]).map(({ Name, Value }) => [Name, Value]));
    expect(environment).toEqual({ NODE_ENV: 'production', TRUSTED_PROXY_HOPS: '1', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', LOG_LEVEL: 'debug', ...variant.settings });
    const secrets = container(stack)['Secrets'] as { Name: string; ValueFrom: unknown }[];
    expect(secrets.map(({ Name }) => Name)).toEqual(variant.secrets);
    expect(secrets.filter(({ ValueFrom }) => stack.Resources[named(ValueFrom)]?.Type !== 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(JSON.stringify(stack)).not.toContain(CANARY);
  });

  test('may read its secrets, pull its image and write its log; the server itself may do nothing', () => {
    const policies = ofType(stack, 'AWS::IAM::Policy') as { Roles: unknown[]; PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] } }[];
    const { TaskRoleArn, ExecutionRoleArn } = only(stack, 'AWS::ECS::TaskDefinition');
    expect(policies.flatMap(({ Roles }) => Roles.map(named))).toEqual([named(ExecutionRoleArn)]);
    expect(named(TaskRoleArn)).not.toBe(named(ExecutionRoleArn));
    const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect([...new Set(statements.flatMap(({ Action }) => Action))].toSorted()).toEqual([
      'ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer', 'logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue',
    ]);
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Action }) => Action)).toEqual(['ecr:GetAuthorizationToken']);
    expect(ofType(stack, 'AWS::IAM::Role').flatMap(({ ManagedPolicyArns = [], Policies = [] }) => [ManagedPolicyArns, Policies].flat())).toEqual([]);
  });

  test('builds the image of what .dockerignore lets through', () => {
    expect(stack.assets.filter((file) => !file.startsWith('src/')).toSorted()).toEqual(['.dockerignore', 'Dockerfile', 'package.json', 'src', 'tsconfig.json']);
    expect(stack.assets).toContain('src/entry/node.ts');
  });

  test('has a store where tasks share something, and none where they do not', () => {
    expect(Object.values(stack.Resources).filter(({ Type }) => Type.startsWith('AWS::ElastiCache'))).toHaveLength(variant.stores);
  });

  test('restarts what does not live, by a command that tells the difference', async () => {
    const { Command } = container(stack)['HealthCheck'] as { Command: string[] };
    const [kind, program, ...words] = Command;
    expect([kind, program]).toEqual(['CMD', 'node']);
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const code = () => new Promise((resolve) => execFile(process.execPath, words.map((word) => word.replace(':3000/', `:${port}/`)), (error) => resolve(error?.code ?? 0)));
    expect(await code()).toBe(0);
    status = 503;
    expect(await code()).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await code()).toBe(1);
    expect(asked).toEqual(['/healthz', '/healthz']);
  });
});

describe('R112 the store of an ECS stack', () => {
  let stack: Stack;
  beforeAll(() => {
    stack = stackOf(shared);
  }, 120_000);

  test('is encrypted, asks for a password, throws nothing away and survives a zone', () => {
    const group = only(stack, 'AWS::ElastiCache::ReplicationGroup');
    expect(group).toMatchObject({ Engine: 'valkey', TransitEncryptionEnabled: true, AtRestEncryptionEnabled: true, AutomaticFailoverEnabled: true, MultiAZEnabled: true, NumCacheClusters: 2 });
    expect(JSON.stringify(group['AuthToken'])).toContain('{{resolve:secretsmanager:');
    expect(only(stack, 'AWS::ElastiCache::ParameterGroup')).toMatchObject({ Properties: { 'maxmemory-policy': 'noeviction' } });
  });

  test('is told to the server in a secret that CloudFormation puts together', () => {
    const joined = ofType(stack, 'AWS::SecretsManager::Secret').flatMap(({ SecretString }) => (SecretString === undefined ? [] : [(SecretString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]]));
    const texts = joined.map((parts) => parts.map((part) => (typeof part === 'string' ? part : `<${Object.values(part as object).flat().join(' ')}>`)).join(''));
    expect(texts).toEqual([expect.stringMatching(/^rediss:\/\/:\{\{resolve:secretsmanager:<StorePassword\w+>:SecretString:::\}\}@<StoreValkey\w* PrimaryEndPoint.Address>:<StoreValkey\w* PrimaryEndPoint.Port>$/)]);
  });
});

test('an ECS stack says what the shell lacks before anything is deployed', () => {
  expect(() => synthesize(alone.answers, 'ecs', { ...shell, CERTIFICATE_ARN: '' })).toThrow('Set CERTIFICATE_ARN, ALLOW_UNAUTHENTICATED in your shell');
});
