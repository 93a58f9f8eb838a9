// Our sampling against transformers' `generate`, interleaved in one run: same weights, same prompts, same
// threads. Usage: npm run build && PYTHON=python3 THREADS=2 node test/peers/compare-generation.mjs
// Without importable transformers it says so and exits 0.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../../dist/harness/policy/checkpoint/safetensors.js';
import { nameOf, prepareGeneration, ROWS, SIZES } from '../../dist/test/bench/generation.js';

const python = process.env.PYTHON ?? 'python3';
const threads = Number(process.env.THREADS ?? 2);
const rounds = Number(process.env.ROUNDS ?? 6);
if (spawnSync(python, ['-c', 'import torch, transformers']).status !== 0) {
  console.log(`skipped: ${python} cannot import torch and transformers (set PYTHON)`);
  process.exit(0);
}
const script = fileURLToPath(new URL('generate.py', import.meta.url));
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];
const cpuSeconds = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b) / 1e6;

async function compare(size, kind) {
  const ours = prepareGeneration(size, kind === 'ragged', threads);
  const folder = mkdtempSync(join(tmpdir(), 'tiltyard-peer-'));
  const { prompts, ends } = ours;
  writeFileSync(join(folder, 'generation.json'), JSON.stringify({ ...size, prompts, ends }));
  writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(ours.weights));
  const child = spawn(python, [script, folder, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    if (line !== null) child.stdin.write(`${line}\n`);
    return JSON.parse((await lines.next()).value);
  };
  const versions = await ask(null);
  // Their log-probabilities of our first samples: the same distribution on both sides.
  const { completions, logps } = await ours.generate(0);
  const theirs = await ask(`logps ${JSON.stringify(completions)}`);
  const gaps = theirs.flatMap((row, i) =>
    row.map((logp, t) => Math.abs(logp - logps.data[i * size.completion + t])),
  );
  await ask('run 0');
  const runs = { tiltyard: [], transformers: [] };
  for (let round = 1; round <= rounds; round++) {
    const [start, cpu] = [performance.now(), cpuSeconds()];
    const tokens = (await ours.generate(round)).completions.flat().length;
    runs.tiltyard.push({ ms: performance.now() - start, cpu: cpuSeconds() - cpu, tokens });
    runs.transformers.push(await ask(`run ${round}`));
  }
  child.stdin.end();
  rmSync(folder, { recursive: true });
  ours.dispose();
  const rate = (side) => median(runs[side].map(({ ms, tokens }) => (1000 * tokens) / ms));
  const cpu = (side) => median(runs[side].map(({ cpu, tokens }) => (1e6 * cpu) / tokens));
  return {
    size: `${nameOf(size)} ${kind}`,
    'tokens/s': Math.round(rate('tiltyard')),
    theirs: Math.round(rate('transformers')),
    ratio: rate('tiltyard') / rate('transformers'),
    'CPU us a token': cpu('tiltyard').toFixed(1),
    'theirs ': cpu('transformers').toFixed(1),
    'log-probabilities differ by': Math.max(...gaps).toExponential(1),
    ...versions,
  };
}

console.log(`${cpus()[0].model.trim()}, ${threads} threads, ${ROWS} rows`);
const table = [];
for (const kind of ['full', 'ragged']) {
  for (const size of SIZES) {
    table.push({ kind, ...(await compare(size, kind)) });
    console.error(JSON.stringify(table.at(-1)));
  }
}
console.table(table.map(({ kind, ratio, ...row }) => ({ ...row, ratio: ratio.toFixed(2) })));
for (const kind of ['full', 'ragged']) {
  const ratios = table.filter((row) => row.kind === kind).map((row) => row.ratio);
  const mean = Math.exp(ratios.reduce((sum, x) => sum + Math.log(x), 0) / ratios.length);
  console.log(
    `${kind}: ${mean.toFixed(2)} times as fast in geometric mean, ${Math.min(...ratios).toFixed(2)} at least`,
  );
}
process.exit(0);
