import { type Bench, bench, withDefaults } from '../../harness/conformance/bench.js';
import type { AlgorithmPlugin } from '../../harness/contracts/plugin.js';
import { createEngine } from '../../harness/engine/select.js';
import type { Phase } from '../../harness/store/records.js';
import type { Setting, Work } from './part.js';
import type { BenchWorld } from './worlds.js';

/** A plugin's run without files, on an engine of its own, whose steps are taken one at a time. */
export interface Trial {
  readonly bench: Bench;
  /** The next step. @returns its metrics */
  step(): Promise<Readonly<Record<string, number>>>;
  /** FLOPs of some phases since it was last asked. */
  flops(phases: readonly Phase[]): Work;
  dispose(): Promise<void>;
}

/** Rows come in the world's order; `params` should ask for more steps or epochs than are taken. */
export async function openTrial(
  plugin: AlgorithmPlugin,
  world: BenchWorld,
  params: Readonly<Record<string, unknown>>,
  { device, threads }: Setting,
): Promise<Trial> {
  const engine = await createEngine({ name: 'onnxruntime', device, threads });
  const opened = bench(plugin, world, { engine, inOrder: true, seed: 0 });
  const training = plugin.train(opened.ctx, withDefaults(plugin, params))[Symbol.asyncIterator]();
  let before = 0;
  return {
    bench: opened,
    async step() {
      const { value, done } = await training.next();
      if (done === true) throw new Error(`bench: ${plugin.name} came to its end`);
      return value.metrics;
    },
    flops(phases) {
      const totals = opened.meter.totals().flops;
      const now = phases.reduce((sum, phase) => sum + totals[phase], 0);
      const amount = now - before;
      before = now;
      return { amount, unit: 'FLOP' };
    },
    async dispose() {
      await training.return?.(undefined);
      engine.dispose();
    },
  };
}

/** More epochs or iterations than anyone waits for. */
export const ENDLESS = 1_000_000;
