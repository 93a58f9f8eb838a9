// Where a DPO step's time goes: onnxruntime's timings of its operators, and how much is computed of tokens.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shareOfTokens } from '../../../dist/harness/policy/packing.js';
import { SetPacker } from '../../../dist/harness/policy/set-packer.js';
import { PAIRS } from '../../../dist/test/bench/parts/dpo.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { WORLDS } from '../../../dist/test/bench/worlds.js';
import { sum } from './statistics.mjs';

const STEPS = 8;
/** Padding is at 1e9. */
const OUT_OF_SIGHT = 1e6;

export function profileDpo(worldName, model, { threads }, log) {
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-profile-'));
  const name = `${worldName} ${nameOf(model)}`;
  try {
    const script = fileURLToPath(new URL('steps.mjs', import.meta.url));
    const env = { ...process.env, TILTYARD_ORT_PROFILE: join(dir, 'step') };
    const args = [script, worldName, model.width, STEPS, threads, 'known'];
    execFileSync(process.execPath, args.map(String), { env });
    // A session that was still open when the process ended has left an empty file.
    const written = readdirSync(dir).map((file) => readFileSync(join(dir, file), 'utf8'));
    const sessions = written.filter((text) => text !== '').map((text) => nodesOf(JSON.parse(text)));
    // The graph that most steps ran: others are of batches with more or fewer tokens.
    const step = sessions.filter(isTraining).sort((a, b) => b.runs - a.runs)[0];
    const all = sum(step.nodes.map(({ us }) => us));
    const grouped = (keyOf) => {
      const times = new Map();
      for (const node of step.nodes) times.set(keyOf(node), (times.get(keyOf(node)) ?? 0) + node.us);
      return [...times].map(([key, us]) => ({ key, share: us / all })).sort((a, b) => b.share - a.share);
    };
    log(`profile ${name}`);
    return {
      name,
      runs: step.runs,
      ms: all / 1000,
      ...fill(worldName, model),
      operators: grouped(({ op }) => op).slice(0, 12),
      nodes: grouped(({ op, inputs }) => `${op} ${inputs}`).slice(0, 12),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Each operator of a graph with the least time that a run took for it: other work only adds to it. */
function nodesOf(events) {
  const nodes = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const known = nodes.get(name);
    if (known !== undefined && known.us <= dur) continue;
    const inputs = (args.input_type_shape ?? []).map((each) => `[${Object.values(each)[0]}]`).join(' ');
    nodes.set(name, { op: args.op_name, inputs, us: dur });
  }
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run').length;
  return { nodes: [...nodes.values()], runs };
}

/** AdamW takes square roots; a pass without an update has no gradient's products. */
const isTraining = ({ nodes }) => nodes.some(({ op }) => op === 'Sqrt');

/** Of steps in the mean: tokens, rows that are computed, and of attention's scores those of tokens. */
function fill(worldName, model) {
  const { pairs, dataset } = WORLDS[worldName](model);
  const size = PAIRS[worldName];
  const { maxPromptTokens, maxCompletionTokens } = dataset;
  const shape = { time: maxPromptTokens + maxCompletionTokens, completion: maxCompletionTokens, padId: 0 };
  const rows = (i) => [pairs[i].chosen, pairs[i].rejected];
  const packer = new SetPacker(pairs.length, rows, shape, { varying: true });
  const steps = Array.from({ length: Math.floor(pairs.length / size) }, (_, step) =>
    packer.batch(Array.from({ length: size }, (_, i) => step * size + i)),
  );
  const layouts = steps.map(({ packed }) => packed.positions);
  const scores = layouts.flatMap(({ prompts, completions }) => [...prompts, ...completions]).map(scoresOf);
  const total = sum(layouts.map(({ ids }) => ids.data.length));
  return {
    tokens: (shareOfTokens(steps) * total) / steps.length,
    rows: total / steps.length,
    scores: sum(scores.map(({ needed }) => needed)) / sum(scores.map(({ computed }) => computed)),
  };
}

function scoresOf({ queries, queryAt, keys = queries, keyAt = queryAt }) {
  const [b, width] = queries.shape;
  const tokens = ({ data, shape: [, n] }, i) =>
    data.subarray(i * n, (i + 1) * n).reduce((count, at) => count + (at < OUT_OF_SIGHT ? 1 : 0), 0);
  let needed = 0;
  for (let i = 0; i < b; i++) needed += tokens(queryAt, i) * tokens(keyAt, i);
  return { needed, computed: b * width * keys.shape[1] };
}
