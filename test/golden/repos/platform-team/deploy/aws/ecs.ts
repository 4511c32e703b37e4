import { fileURLToPath } from 'node:url';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { AwsLogDriverMode, Cluster, ContainerImage, CpuArchitecture, FargateService, FargateTaskDefinition, LogDriver, OperatingSystemFamily, Secret as Injected } from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancer, ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { app, environment } from './environment.js';
import { Store } from './store.js';

/** SHUTDOWN_GRACE_MS and a little more. */
const stopTime = Duration.seconds(35);

/** The image as Fargate tasks behind a load balancer with TLS. */
export class EcsStack extends Stack {
  constructor(scope: Construct, certificateArn: string) {
    super(scope, `${app}-ecs`);
    // One NAT gateway: when its zone fails, the other zone's tasks reach nothing outside. A second one is the cure, and costs as much again.
    const vpc = new Vpc(this, 'Network', { maxAzs: 2, natGateways: 1 });
    // Letters and digits: base64 that stands for 48 random bytes.
    const mcpSecret = new Secret(this, 'McpSecret', { generateSecretString: { passwordLength: 64, excludePunctuation: true } });

    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.X86_64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    const server = task.addContainer('server', {
      // Built where you deploy from, whatever its processor, and pushed under the hash of what goes into it.
      image: ContainerImage.fromAsset(fileURLToPath(new URL('../..', import.meta.url)), { platform: Platform.LINUX_AMD64 }),
      // The load balancer says in X-Forwarded-For who connects.
      environment: { TRUSTED_PROXY_HOPS: '1', ...environment() },
      secrets: { MCP_SECRET: Injected.fromSecretsManager(mcpSecret) },
      readonlyRootFilesystem: true,
      stopTimeout: stopTime,
      // ECS does not read the one of the image.
      healthCheck: {
        command: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:3000/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(3),
        retries: 3,
        startPeriod: Duration.seconds(10),
      },
      logging: LogDriver.awsLogs({
        streamPrefix: 'server',
        logGroup: new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
        // Audit records are among the lines: none is dropped because CloudWatch is slow.
        mode: AwsLogDriverMode.BLOCKING,
      }),
    });
    server.addPortMappings({ containerPort: 3000 });

    const service = new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', { vpc }),
      taskDefinition: task,
      // A new task is ready before an old one goes; what does not get ready is rolled back.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(30),
    });
    const store = new Store(this, 'Store', vpc);
    store.connections.allowDefaultPortFrom(service);
    server.addSecret('REDIS_URL', Injected.fromSecretsManager(store.url));
    service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 }).scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70 });

    // Longer than a tool may take (25 s, unless it says otherwise), shorter than the server keeps a connection (65 s): it must not hang up first.
    const balancer = new ApplicationLoadBalancer(this, 'Balancer', { vpc, internetFacing: true, idleTimeout: Duration.seconds(60), dropInvalidHeaderFields: true });
    // TLS only: a redirect from port 80 would come after a token was sent in the clear.
    const listener = balancer.addListener('Tls', { port: 443, certificates: [Certificate.fromCertificateArn(this, 'Certificate', certificateArn)], sslPolicy: SslPolicy.RECOMMENDED_TLS });
    listener.addTargets('Server', {
      port: 3000,
      protocol: ApplicationProtocol.HTTP,
      targets: [service],
      // ECS takes a task out of here, waits this long, and only then sends SIGTERM.
      deregistrationDelay: stopTime,
      // ECS replaces a task that is unready for a minute; a shorter outage of what it depends on restarts nothing.
      healthCheck: { path: '/readyz', interval: Duration.seconds(10), timeout: Duration.seconds(5), healthyThresholdCount: 2, unhealthyThresholdCount: 6 },
    });
    this.address = new CfnOutput(this, 'Address', { value: balancer.loadBalancerDnsName, description: 'Where the name in MCP_PUBLIC_URL has to point' });
  }

  readonly address: CfnOutput;
}

const needed = ['CERTIFICATE_ARN', 'MCP_PUBLIC_URL', 'ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID'];
const missing = needed.filter((name) => !process.env[name]);
if (missing.length > 0) throw new Error(`Set ${missing.join(', ')} in your shell: without it the server would not start.`);

const stacks = new App();
export const stack = new EcsStack(stacks, process.env['CERTIFICATE_ARN'] ?? '');
stacks.synth();
