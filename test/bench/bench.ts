import { availableParallelism, cpus } from 'node:os';
import { Bench } from 'tinybench';
import { nameOf, prepareStep, SIZES } from './dpo-step.js';

/**
 * `npm run bench`: milliseconds per pair-loss training step on this machine. Compare ratios of one run, never
 * times of two machines.
 */
const threads = Number(process.env['THREADS'] ?? Math.min(2, availableParallelism()));
console.log(`${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${threads} threads, onnxruntime on the CPU`);
const bench = new Bench({ time: 3000, warmupTime: 500, iterations: 5, warmupIterations: 2 });
const flops = new Map<string, () => number>();
for (const size of SIZES) {
  const prepared = prepareStep(size, threads);
  flops.set(nameOf(size), prepared.flops);
  bench.add(nameOf(size), async () => {
    await prepared.step();
  });
}
await bench.run();
console.table(
  bench.tasks.map((task) => {
    const latency = (task.result as { latency?: { p50: number; rme: number; samplesCount: number } }).latency;
    const ms = latency?.p50 ?? Number.NaN;
    return {
      step: task.name,
      'median ms': ms.toFixed(2),
      '±%': latency?.rme.toFixed(1),
      runs: latency?.samplesCount,
      'GFLOP/s': (flops.get(task.name)!() / ms / 1e6).toFixed(0),
    };
  }),
);
process.exit(0);
