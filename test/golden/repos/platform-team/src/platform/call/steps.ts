/** How long each step of a call took, in milliseconds; told to clients outside of production only. */
export class Steps {
  readonly #ms: Record<string, number> = {};
  #last = performance.now();

  /** Ends a step: what has passed since the one before is its time. */
  end(step: string): void {
    const now = performance.now();
    this.#ms[step] = Math.round((now - this.#last) * 100) / 100;
    this.#last = now;
  }

  /** For `_meta` of a result: `mcp-gen call` shows it. */
  describe(correlationId: string): Record<string, unknown> {
    return { 'mcp-gen/timing': { correlation_id: correlationId, steps_ms: this.#ms } };
  }
}
