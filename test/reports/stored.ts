import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutcomeRow, SampleRow } from '../../harness/store/records.js';
import { type PlanRow, type RunSpec, STORE_VERSION } from '../../harness/store/spec.js';

export interface StoredOptions {
  readonly seeds?: readonly number[];
  readonly labels?: readonly string[];
  /** Gold reward of a label's sample. */
  readonly gold?: (label: string, seed: number, prompt: number) => number;
  readonly prompts?: number;
  readonly promptText?: (seed: number, prompt: number) => string;
  readonly modelHash?: (label: string, seed: number) => string;
  readonly outcome?: (label: string, seed: number) => 'completed' | 'failed' | null;
  readonly cpu?: string;
  /** What operands of products were rounded to. */
  readonly precision?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly description?: string;
}

/**
 * Writes an output folder by formula: a start `sft` and algorithms from it, a sample a prompt. Nothing in it
 * was run.
 */
export function writeStored(dir: string, options: StoredOptions = {}): string {
  const {
    seeds = [0, 1, 2],
    labels = ['one', 'two'],
    prompts = 20,
    gold = () => 0,
    promptText = (seed, p) => `prompt ${p} of ${seed}`,
    modelHash = (label, seed) => `${label}${seed}`,
    outcome = () => 'completed',
    params = { beta: 0.1 },
    description = '',
  } = options;
  const dataset = { name: 'reviews', module: 'reviews', params: {}, baseDir: '.' };
  const idOf = (label: string, seed: number): string => `${label}-s${seed}-01234567`;
  const runs = seeds.flatMap((seed) =>
    ['sft', ...labels].map(
      (label): RunSpec => ({
        storeVersion: STORE_VERSION,
        id: idOf(label, seed),
        kind: 'train',
        stage: label,
        label,
        role: label === 'sft' ? 'shared' : 'compared',
        seed,
        replica: 0,
        algorithm: { name: label, module: label, params },
        dataset,
        policy: { kind: 'transformer', width: 8, layers: 1, heads: 1 },
        inputs: { start: label === 'sft' ? null : idOf('sft', seed), pairs: null, reward: null, proxy: null },
        completions: 'corpus',
        collect: null,
        engine: { name: 'auto', device: null, threads: 1 },
        evaluation: { every: 1, prompts: 1, testPrompts: prompts, samplesPerPrompt: 1 },
        budget: { maxSteps: null, maxSeconds: null },
        checkpointEvery: 0,
      }),
    ),
  );
  const write = (path: string, text: string): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write(
    'experiment.json',
    JSON.stringify({
      name: 'stored',
      description,
      seeds,
      dataset: { name: 'reviews', params: {} },
      policy: { kind: 'transformer', width: 8, layers: 1, heads: 1 },
      collect: null,
      stages: {},
      evaluation: {},
      budget: {},
      checkpointEvery: 0,
      engine: { name: 'auto', device: null, threads: 1 },
    }),
  );
  write(
    'plan.json',
    JSON.stringify({
      storeVersion: STORE_VERSION,
      hash: 'cafe',
      source: { name: 'stored', fileHash: 'cafe', overrides: [] },
      tiltyard: { version: '0.1.0', commit: null },
      runs,
    } satisfies PlanRow),
  );
  for (const spec of runs) {
    const at = (file: string): string => join('runs', spec.id, file);
    write(at('run.json'), JSON.stringify(spec));
    const ended = outcome(spec.label, spec.seed);
    if (ended === null) continue;
    if (ended === 'completed') {
      const rows = Array.from(
        { length: prompts },
        (_, p): SampleRow => ({
          promptId: `test-${p}`,
          prompt: promptText(spec.seed, p),
          sample: 0,
          completion: 'fine',
          tokens: 2,
          finished: true,
          gold: gold(spec.label, spec.seed, p),
          proxy: null,
          logp: -1,
          refLogp: -1.5,
          klRaoBlackwell: 0.5,
        }),
      );
      write(at('samples.jsonl'), rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
    }
    write(
      at('outcome.json'),
      JSON.stringify(outcomeOf(spec, ended, modelHash(spec.label, spec.seed), options)),
    );
  }
  return dir;
}

function outcomeOf(
  spec: RunSpec,
  outcome: 'completed' | 'failed',
  modelHash: string,
  { cpu: cpuModel = 'A processor', precision }: StoredOptions,
): OutcomeRow {
  const phases = { rollout: 0, score: 0, forward: 0, update: 1e9, eval: 0 };
  return {
    outcome,
    cause:
      outcome === 'failed'
        ? {
            code: 'exception',
            message: 'it <b>broke</b>',
            plugin: spec.algorithm!.name,
            phase: 'train',
            step: 3,
          }
        : null,
    steps: 3,
    startHash: 'start',
    modelHash: outcome === 'failed' ? null : modelHash,
    parameters: 1,
    ledger: { flops: phases, tokensTrained: 1, tokensGenerated: 0, modelCopies: 2, trainableCopies: 1 },
    engine: {
      name: 'onnxruntime',
      device: 'cpu',
      reason: 'in the npm package',
      ...(precision === undefined ? {} : { precision }),
    },
    summary: {},
    clock: {
      startedAt: '2020-01-01T00:00:00.000Z',
      wallSeconds: 1,
      seconds: { ...phases, update: 2 },
      peakRssBytes: 1e8,
      concurrent: false,
      environment: {
        cpuModel,
        cores: 2,
        memoryBytes: 1e9,
        platform: 'linux',
        nodeVersion: 'v20.0.0',
        tiltyardVersion: '0.1.0',
        gitCommit: null,
        versions: {},
      },
    },
  };
}
