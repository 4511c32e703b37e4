import { SecretValue } from 'aws-cdk-lib';
import { Connections, type IConnectable, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Valkey in two zones, over TLS and with a password that AWS makes. Nobody reaches it until let in. */
export class Store extends Construct implements IConnectable {
  /** Holds `REDIS_URL`. */
  readonly url: Secret;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, vpc: IVpc) {
    super(scope, id);
    const wall = new SecurityGroup(this, 'Wall', { vpc, allowAllOutbound: false });
    this.connections = new Connections({ securityGroups: [wall], defaultPort: Port.tcp(6379) });
    const password = new Secret(this, 'Password', { generateSecretString: { passwordLength: 64, excludePunctuation: true } });
    const settings = new CfnParameterGroup(this, 'Settings', {
      cacheParameterGroupFamily: 'valkey8',
      description: 'Nothing is thrown away when it is full',
      // What it would throw away may be what keeps a write from happening twice.
      properties: { 'maxmemory-policy': 'noeviction' },
    });
    const subnets = new CfnSubnetGroup(this, 'Subnets', { description: 'Where the tasks run', subnetIds: vpc.privateSubnets.map(({ subnetId }) => subnetId) });
    const valkey = new CfnReplicationGroup(this, 'Valkey', {
      replicationGroupDescription: 'State of the MCP server',
      engine: 'valkey',
      engineVersion: '8.0',
      cacheNodeType: 'cache.t4g.micro',
      cacheParameterGroupName: settings.ref,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [wall.securityGroupId],
      // The second takes over when the first fails.
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      // A reference, which CloudFormation resolves; so is what the URL is made of.
      authToken: password.secretValue.unsafeUnwrap(),
    });
    const { attrPrimaryEndPointAddress: host, attrPrimaryEndPointPort: port } = valkey;
    this.url = new Secret(this, 'Url', { secretStringValue: SecretValue.unsafePlainText(`rediss://:${password.secretValue.unsafeUnwrap()}@${host}:${port}`) });
  }
}
