import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePlan } from '../../../harness/config/plan.js';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import { localLauncher } from '../../../harness/run/launch/local.js';
import { runPaths, storePaths } from '../../../harness/store/layout.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import type { Part, Setting } from '../part.js';

const EXPERIMENT = {
  name: 'start-up',
  seeds: 1,
  dataset: { name: 'reviews' },
  policy: { kind: 'transformer', width: 64, layers: 2, heads: 4 },
  stages: { sft: { algorithm: 'sft', completions: 'corpus' } },
  evaluation: { every: 0, testPrompts: 1 },
  engine: { name: 'onnxruntime', device: 'cpu' },
};

/** A run that ends with its first step, before which it evaluates nothing. */
async function shortest({ device, threads }: Setting): Promise<RunSpec> {
  const experiment = resolveExperiment(EXPERIMENT, EXPERIMENT.name);
  const { runs } = await makePlan(experiment, '.', EXPERIMENT.name);
  const spec = runs.find(({ kind }) => kind === 'train')!;
  const { measured: _, ...inputs } = spec.inputs;
  return {
    ...spec,
    inputs,
    engine: { name: 'onnxruntime', device, threads },
    budget: { ...spec.budget, maxSteps: 1 },
    evaluation: { ...spec.evaluation, prompts: 0 },
  };
}

/** Milliseconds from handing a run to a launcher to its first step, that step among them. */
const startUp = (name: string, what: string, isWarm: boolean, bar: { bar?: number }): Part => ({
  name,
  what: `${what}: from the launch to the end of the first SFT step, D64`,
  perSize: false,
  rounds: 5,
  ...bar,
  async prepare(setting) {
    const dir = mkdtempSync(join(tmpdir(), 'tiltyard-bench-'));
    const spec = await shortest(setting);
    const never = new AbortController().signal;
    let launcher = localLauncher();
    let count = 0;
    const launch = async (): Promise<number> => {
      const runDir = storePaths(dir).run(`${spec.id}-${count++}`);
      mkdirSync(runDir, { recursive: true });
      writeFileSync(runPaths(runDir).run, JSON.stringify(spec));
      const began = performance.now();
      let ms: number | undefined;
      const { exitCode, printed } = await launcher.launch(spec, runDir, {
        concurrent: false,
        signal: never,
        onEvent: ({ type }) => {
          if (type === 'progress') ms ??= performance.now() - began;
        },
      });
      if (exitCode !== 0 || ms === undefined) throw new Error(`bench: the run did not start: ${printed}`);
      return ms;
    };
    if (isWarm) await launch();
    return {
      async run() {
        if (!isWarm) {
          await launcher.close?.();
          launcher = localLauncher();
        }
        return { ms: await launch(), cpuMs: null };
      },
      work: () => null,
      async dispose() {
        await launcher.close?.();
        rmSync(dir, { recursive: true });
      },
    };
  },
});

export const coldPart = startUp('start-cold', 'start-up of a run in a process of its own', false, {});
export const warmPart = startUp('start-warm', 'start-up of a run in a warm pool', true, { bar: 100 });
