// Our training step against PyTorch's, interleaved in one run: same weights, same batch, same threads.
// Usage: npm run build && PYTHON=python3 THREADS=2 node test/peers/compare.mjs
// Without an importable torch it says so and exits 0.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../../dist/harness/policy/checkpoint/safetensors.js';
import { nameOf, prepareStep, SIZES } from '../../dist/test/bench/dpo-step.js';

const python = process.env.PYTHON ?? 'python3';
const threads = Number(process.env.THREADS ?? 2);
if (spawnSync(python, ['-c', 'import torch']).status !== 0) {
  console.log(`skipped: ${python} cannot import torch (set PYTHON)`);
  process.exit(0);
}
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];
console.log(`${cpus()[0].model.trim()}, ${threads} threads`);
const rows = [];
for (const size of SIZES) {
  const ours = prepareStep(size, threads);
  const folder = mkdtempSync(join(tmpdir(), 'tiltyard-peer-'));
  const plain = Object.fromEntries(Object.entries(ours.batch).map(([k, t]) => [k, { shape: t.shape, data: [...t.data] }]));
  writeFileSync(join(folder, 'step.json'), JSON.stringify({ ...size, batch: plain, refLogps: [...ours.refLogps.data] }));
  writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(ours.weights));
  const child = spawn(python, [fileURLToPath(new URL('dpo_step.py', import.meta.url)), folder, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const version = JSON.parse((await lines.next()).value).torch;
  const ask = async (k) => {
    child.stdin.write(`run ${k}\n`);
    return JSON.parse((await lines.next()).value);
  };
  let worst = 0;
  const mine = [];
  const theirs = [];
  const k = size.width >= 512 ? 2 : size.width >= 128 ? 4 : 20;
  for (let round = 0; round < 12; round++) {
    const losses = [];
    for (let i = 0; i < k; i++) {
      const start = performance.now();
      losses.push((await ours.step()).loss);
      if (round > 1) mine.push(performance.now() - start);
    }
    const peer = await ask(k);
    if (round > 1) theirs.push(...peer.ms);
    losses.forEach((loss, i) => (worst = Math.max(worst, Math.abs(loss - peer.loss[i]))));
  }
  child.stdin.end();
  rmSync(folder, { recursive: true });
  rows.push({ step: nameOf(size), 'tiltyard ms': median(mine).toFixed(2), [`torch ${version} ms`]: median(theirs).toFixed(2), 'torch / tiltyard': (median(theirs) / median(mine)).toFixed(2), 'largest loss difference': worst.toExponential(1) });
}
console.table(rows);
process.exit(0);
