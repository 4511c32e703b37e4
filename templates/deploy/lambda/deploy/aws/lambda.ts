import { fileURLToPath } from 'node:url';
import { App, CfnOutput, Duration, IgnoreMode, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, FunctionUrlAuthType, InvokeMode, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { app, environment } from './environment.js';
import { secretNames } from './secrets.js';

/** The server as a function with a URL that streams. */
export class LambdaStack extends Stack {
  constructor(scope: Construct) {
    super(scope, `${app}-lambda`);
    // Letters and digits: base64 that stands for 48 random bytes.
    const made = new Secret(this, 'McpSecret', {
      secretName: `${app}/MCP_SECRET`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    const own = secretNames.map((name) => [name, Secret.fromSecretNameV2(this, name, `${app}/${name}`)] as const);
    // The template holds references, which CloudFormation resolves.
    const secrets = [['MCP_SECRET', made] as const, ...own].map(([name, secret]) => [name, secret.secretValue.unsafeUnwrap()]);

    const server = new LambdaFunction(this, 'Server', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'dist/lambda.handler',
      code: Code.fromAsset(fileURLToPath(new URL('../..', import.meta.url)), {
        exclude: ['*', '!package.json', '!dist', 'dist/*', '!dist/lambda.js', '!dist/lambda.js.map', '!dist/public_fetch.js', '!dist/public_fetch.js.map', '!dist/telemetry.js', '!dist/telemetry.js.map'],
        ignoreMode: IgnoreMode.GIT,
      }),
      memorySize: 512,
      // Beyond the longest tool deadline, which is 25 s unless a tool says otherwise.
      timeout: Duration.seconds(60),
      reservedConcurrentExecutions: 10,
      environment: { ...environment(), ...Object.fromEntries(secrets), NODE_OPTIONS: '--enable-source-maps' },
      logGroup: new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
    // The server itself signs callers in; IAM would ask MCP clients for something they do not have.
    const { url } = server.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.RESPONSE_STREAM });
    this.endpoint = new CfnOutput(this, 'Endpoint', { value: `${url}mcp`, description: 'MCP_PUBLIC_URL of this function' });
  }

  readonly endpoint: CfnOutput;
}

const stacks = new App();
export const stack = new LambdaStack(stacks);
stacks.synth();
