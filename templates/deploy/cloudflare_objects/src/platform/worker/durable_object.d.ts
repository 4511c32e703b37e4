/** What is needed of Durable Objects. */
declare module 'cloudflare:workers' {
  type SqlValue = string | number | null;

  interface SqlStorage {
    exec(statement: string, ...values: readonly SqlValue[]): { toArray(): Readonly<Record<string, SqlValue>>[] };
    /** In bytes, free pages excluded. */
    readonly databaseSize: number;
  }

  interface DurableObjectStorage {
    readonly sql: SqlStorage;
    getAlarm(): Promise<number | null>;
    /** @param time - Milliseconds since the epoch. */
    setAlarm(time: number): Promise<void>;
  }

  abstract class DurableObject<Bindings> {
    protected readonly ctx: { readonly storage: DurableObjectStorage };
    protected readonly env: Bindings;
  }

  interface DurableObjectNamespace {
    /** The object of this name, which the first request to it makes. */
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  }

  interface Env {
    readonly TENANTS: DurableObjectNamespace;
  }
}
