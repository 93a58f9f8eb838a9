// Our training step and sampling on a card, and PyTorch on the same card: same weights, same batch. One JSON
// line for each.
//   npm run build && node test/gpu/card.mjs [--device cuda] [--sizes 0,1,2] [--skip-torch] [--steps 20]
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const flag = (name, fallback) =>
  process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : fallback;
const dist = flag('dist', fileURLToPath(new URL('../../dist', import.meta.url)));
const load = (path) => import(join(dist, path));
const [{ nameOf, prepareStep }, generation, { encodeSafetensors }] = await Promise.all(
  ['test/bench/dpo-step.js', 'test/bench/generation.js', 'harness/policy/checkpoint/safetensors.js'].map(
    load,
  ),
);
const device = flag('device', 'cuda');
const steps = Number(flag('steps', '20'));
const python = process.env.PYTHON ?? 'python3';
const hasTorch = !process.argv.includes('--skip-torch');
const modes = flag('modes', 'float32,float32-unrecorded,tf32,bfloat16').split(',');
const STEPS = [
  { width: 64, layers: 2, heads: 2, pairs: 8, time: 32, vocab: 128 },
  { width: 512, layers: 6, heads: 8, pairs: 8, time: 128, vocab: 1024 },
  { width: 768, layers: 12, heads: 12, pairs: 8, time: 256, vocab: 50257 }, // the shape of GPT-2 small
];
const SAMPLES = [
  { width: 64, layers: 2, heads: 2, vocab: 128, prompt: 8, completion: 24 },
  { width: 512, layers: 6, heads: 8, vocab: 1024, prompt: 32, completion: 96 },
  { width: 768, layers: 12, heads: 12, vocab: 50257, prompt: 32, completion: 96 },
];
const sizes = flag('sizes', '0,1,2').split(',').map(Number);
const parts = flag('parts', 'steps,samples').split(',');
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];
const say = (row) => console.log(JSON.stringify(row));

function cardMemory() {
  try {
    const query = ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'];
    const rows = execFileSync('nvidia-smi', query).toString().trim().split('\n');
    return rows.map((row) => Number(row.split(',')[1])).reduce((a, b) => a + b, 0);
  } catch {
    return null;
  }
}

const optionsOf = (mode) => {
  const [precision, how] = mode.split('-');
  return { device, precision, records: how === undefined, strict: device !== 'cpu' };
};

async function timeSteps(size, mode) {
  const started = performance.now();
  const prepared = prepareStep(size, 1, optionsOf(mode));
  const losses = [];
  const begin = performance.now();
  losses.push((await prepared.step()).loss);
  const firstMs = performance.now() - begin;
  for (let i = 1; i < 5; i++) losses.push((await prepared.step()).loss);
  const ms = [];
  for (let i = 0; i < steps; i++) {
    const t = performance.now();
    await prepared.step();
    ms.push(performance.now() - t);
  }
  say({
    what: 'dpo step',
    by: 'tiltyard',
    size: nameOf(size),
    mode,
    ms: median(ms),
    fastest: Math.min(...ms),
    firstMs,
    prepareMs: begin - started,
    GFLOPs: prepared.flops() / median(ms) / 1e6,
    memoryMiB: cardMemory(),
    losses,
  });
  return prepared;
}

async function timeSamples(size, mode) {
  const prepared = generation.prepareGeneration(size, false, 1, optionsOf(mode));
  const ms = [];
  const tokens = [];
  for (let seed = 0; seed < 4; seed++) {
    const t = performance.now();
    const { completions } = await prepared.generate(seed);
    ms.push(performance.now() - t);
    tokens.push(completions.flat().length);
  }
  say({
    what: 'generation',
    by: 'tiltyard',
    size: generation.nameOf(size),
    mode,
    ms: median(ms.slice(1)),
    tokensPerSecond: (1000 * tokens.at(-1)) / median(ms.slice(1)),
    firstMs: ms[0],
    memoryMiB: cardMemory(),
  });
  return prepared;
}

/** Runs the Python side on what is written to a folder; it prints JSON lines. */
async function torch(kind, spec, weights) {
  if (!hasTorch) return;
  const folder = mkdtempSync(join(tmpdir(), 'card-'));
  writeFileSync(join(folder, `${kind}.json`), JSON.stringify(spec));
  writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(weights));
  const script = fileURLToPath(new URL('torch_card.py', import.meta.url));
  const child = spawn(python, [script, folder, kind, device === 'cuda' ? 'cuda' : 'cpu', String(steps)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await new Promise((resolve) => child.on('close', resolve));
  rmSync(folder, { recursive: true });
}

if (hasTorch && spawnSync(python, ['-c', 'import torch']).status !== 0)
  throw new Error(`${python} has no torch`);
for (const index of sizes) {
  for (const part of parts) {
    const size = part === 'steps' ? STEPS[index] : SAMPLES[index];
    let last;
    for (const mode of modes) {
      try {
        last?.dispose();
        last = await (part === 'steps' ? timeSteps(size, mode) : timeSamples(size, mode));
      } catch (error) {
        say({ what: part, size: JSON.stringify(size), mode, failed: error.message.slice(0, 400) });
      }
    }
    if (last === undefined) continue;
    const { weights } = last;
    const plain = (batch) =>
      Object.fromEntries(
        Object.entries(batch)
          .filter(([key, tensor]) => key !== 'shared' && tensor?.data !== undefined)
          .map(([key, tensor]) => [key, { shape: tensor.shape, data: [...tensor.data] }]),
      );
    const spec =
      part === 'steps'
        ? { ...size, name: nameOf(size), batch: plain(last.batch), refLogps: [...last.refLogps.data] }
        : { ...size, name: generation.nameOf(size), prompts: last.prompts, ends: last.ends };
    last.dispose();
    await torch(part, spec, weights);
  }
}
process.exit(0);
