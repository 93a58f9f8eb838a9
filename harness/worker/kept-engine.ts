import type { Engine } from '../engine/engine.js';
import { createEngine } from '../engine/select.js';
import type { RunSpec } from '../store/spec.js';

/** Runs after which everything is let go of, so that what stays can be seen. */
const RUNS = 8;

/**
 * The engine of a worker that takes run after run. Runs of one stage come to the same graphs but for numbers
 * that are swept, so it is kept from one to the next; before a run of another stage everything goes, since
 * the memory of graphs that a run does not use would be counted as its own.
 */
export class KeptEngine {
  private engine: Engine | null = null;
  private kind: string | null = null;
  private runs = 0;

  /**
   * Before each run.
   * @returns whether nothing is held for later runs at this moment
   */
  makeReady({ stage, algorithm, dataset, policy }: RunSpec): boolean {
    const kind = JSON.stringify([stage, algorithm?.module, dataset.module, policy]);
    if (kind === this.kind && ++this.runs < RUNS) return false;
    this.kind = kind;
    this.runs = 0;
    this.dispose();
    return true;
  }

  /** @throws TiltyardError where the engine is not usable */
  async get(wanted: RunSpec['engine']): Promise<Engine> {
    return (this.engine ??= await createEngine(wanted));
  }

  dispose(): void {
    this.engine?.dispose();
    this.engine = null;
  }
}
