/**
 * What training a model of GPT-2's size takes, through the command line: random weights of 124 million
 * parameters (12 layers of width 768, a vocabulary of 50,257), rows of 128 tokens, four pairs a step.
 *
 *   node test/bench/gpt2-small.mjs DIR [--lora | --whole] [--rows N] [--stage dpo|reward|ppo] [--steps N]
 *
 * Prints the most memory that the run's process held, and the seconds of its steps. `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist', 'harness');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lora: { type: 'boolean' },
    whole: { type: 'boolean' },
    rows: { type: 'string' },
    stage: { type: 'string', default: 'dpo' },
    steps: { type: 'string', default: '4' },
  },
});
const dir = resolve(positionals[0] ?? 'gpt2-small');
const model = join(dir, 'model');
mkdirSync(dir, { recursive: true });
if (!existsSync(join(model, 'model.safetensors'))) {
  const { transformer } = await import(`${dist}/policy/transformer.js`);
  const { writeModelFolder } = await import(`${dist}/policy/checkpoint/write.js`);
  const { fileName } = await import(`${dist}/policy/architecture.js`);
  const { Rng } = await import(`${dist}/rng.js`);
  const architecture = transformer({
    vocabSize: 50_257,
    contextLength: 1024,
    width: 768,
    layers: 12,
    heads: 12,
  });
  const body = architecture.initialBody(Rng.fromSeed('gpt2-small'));
  const arrays = new Map([...body].map(([name, array]) => [fileName(architecture, name), array]));
  writeModelFolder(model, { architecture, arrays, normalisation: null, tokenizer: null, from: null });
}
const letters = (n, seed) => {
  let state = seed + 1;
  return Array.from({ length: n }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(97 + (state % 26));
  }).join('');
};
// In bytes: 32 of a prompt, 95 of an answer, and its end.
const rows = Array.from({ length: 16 }, (_, i) =>
  JSON.stringify({ prompt: letters(32, i), chosen: letters(95, 1000 + i), rejected: letters(95, 2000 + i) }),
);
writeFileSync(join(dir, 'pairs.jsonl'), `${rows.join('\n')}\n`);
const adapted = values.whole !== true;
const steps = Number(values.steps);
const all = {
  dpo: { algorithm: 'dpo', params: { batchSize: 4, epochs: 8 } },
  reward: { algorithm: 'bt-reward', params: { batchSize: 4, epochs: 8, heldOut: 0, patience: null } },
  ppo: {
    algorithm: 'ppo-rlhf',
    reward: 'reward',
    params: { batchSize: 8, epochs: 1, iterations: steps, value: 'head' },
  },
};
const wanted = values.stage === 'ppo' ? ['reward', 'ppo'] : [values.stage];
const experiment = {
  name: 'gpt2-small',
  seeds: 1,
  dataset: { name: 'jsonl', params: { file: 'pairs.jsonl', maxPromptTokens: 32, maxCompletionTokens: 96 } },
  policy: { checkpoint: 'model', ...(adapted ? { lora: { rank: 8, alpha: 16 } } : {}) },
  collect: { pairs: 'all', heldoutPairs: 0 },
  stages: Object.fromEntries(wanted.map((name) => [name, { ...all[name], budget: { maxSteps: steps } }])),
  evaluation: { every: 0, prompts: 1, testPrompts: 1, samplesPerPrompt: 2 },
  checkpointEvery: 0,
  engine: { threads: 1, ...(values.rows === undefined ? {} : { microBatchRows: Number(values.rows) }) },
};
writeFileSync(join(dir, 'experiment.json'), JSON.stringify(experiment));
const out = join(dir, 'out');
rmSync(out, { recursive: true, force: true });
try {
  execFileSync(
    process.execPath,
    [join(dist, 'cli.js'), 'run', join(dir, 'experiment.json'), '--out', out, '--jobs', '1'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
} catch (error) {
  console.log(String(error.stdout));
}
for (const id of readdirSync(join(out, 'runs'))) {
  const path = join(out, 'runs', id);
  if (!existsSync(join(path, 'outcome.json'))) continue;
  const {
    outcome,
    cause,
    steps: taken,
    clock,
    ledger,
  } = JSON.parse(readFileSync(join(path, 'outcome.json'), 'utf8'));
  const [n, flops] = [Math.max(1, taken), ledger.flops.update];
  const seconds = clock.seconds.update / n;
  const gib = (clock.peakRssBytes / 2 ** 30).toFixed(2);
  console.log(
    `${id}: ${outcome}${cause === null ? '' : ` (${cause.message})`}, ${gib} GiB at most, ` +
      `${seconds.toFixed(1)} s a step of ${taken}, ${(flops / n / 1e9).toFixed(0)} GFLOP`,
  );
}
