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
  const plain = Object.fromEntries(
    Object.entries(ours.batch)
      .filter(([k]) => k !== 'shared')
      .map(([k, t]) => [k, { shape: t.shape, data: [...t.data] }]),
  );
  writeFileSync(
    join(folder, 'step.json'),
    JSON.stringify({ ...size, batch: plain, refLogps: [...ours.refLogps.data] }),
  );
  writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(ours.weights));
  const peers = [];
  for (const kind of ['plain', 'fused']) {
    const child = spawn(
      python,
      [fileURLToPath(new URL('dpo_step.py', import.meta.url)), folder, String(threads), kind],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { torch } = JSON.parse((await lines.next()).value);
    const ask = async (k) => {
      child.stdin.write(`run ${k}\n`);
      return JSON.parse((await lines.next()).value);
    };
    peers.push({ kind, torch, ask, stop: () => child.stdin.end(), ms: [] });
  }
  let worst = 0;
  const mine = [];
  const k = size.width >= 512 ? 2 : size.width >= 128 ? 4 : 20;
  for (let round = 0; round < 12; round++) {
    const losses = [];
    for (let i = 0; i < k; i++) {
      const start = performance.now();
      losses.push((await ours.step()).loss);
      if (round > 1) mine.push(performance.now() - start);
    }
    for (const peer of peers) {
      const { ms, loss } = await peer.ask(k);
      if (round > 1) peer.ms.push(...ms);
      losses.forEach((mineNow, i) => (worst = Math.max(worst, Math.abs(mineNow - loss[i]))));
    }
  }
  for (const peer of peers) peer.stop();
  rmSync(folder, { recursive: true });
  rows.push({
    step: nameOf(size),
    'tiltyard ms': median(mine).toFixed(2),
    ...Object.fromEntries(peers.map((p) => [`${p.kind} ms`, median(p.ms).toFixed(2)])),
    ...Object.fromEntries(
      peers.map((p) => [`${p.kind} / tiltyard`, (median(p.ms) / median(mine)).toFixed(2)]),
    ),
    'largest loss difference': worst.toExponential(1),
    torch: peers[0].torch,
  });
}
console.table(rows);
process.exit(0);
