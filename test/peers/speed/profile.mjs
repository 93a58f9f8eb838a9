// Where a DPO step's time goes: onnxruntime's timings of its operators, and how much is computed of tokens.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { typicalSizes } from '../../../dist/harness/policy/typical-sizes.js';
import { PAIRS } from '../../../dist/test/bench/parts/dpo.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { WORLDS } from '../../../dist/test/bench/worlds.js';
import { sum } from './statistics.mjs';

const STEPS = 8;

export function profileDpo(worldName, model, { threads }, log) {
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-profile-'));
  const name = `${worldName} ${nameOf(model)}`;
  try {
    const script = fileURLToPath(new URL('steps.mjs', import.meta.url));
    const env = { ...process.env, TILTYARD_ORT_PROFILE: join(dir, 'step') };
    const args = [script, worldName, model.width, STEPS, threads, 'known'];
    execFileSync(process.execPath, args.map(String), { env });
    const sessions = readdirSync(dir).map((file) =>
      nodesOf(JSON.parse(readFileSync(join(dir, file), 'utf8'))),
    );
    // The graph that most steps ran: others are of batches that did not fit its shapes.
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

/** Tokens of a step in the mean, and the sizes that most steps are computed in. */
function fill(worldName, model) {
  const { pairs } = WORLDS[worldName](model);
  const size = PAIRS[worldName];
  const rows = (i) => [pairs[i].chosen, pairs[i].rejected];
  const { ofPrompts, ofCompletions } = typicalSizes(pairs.length, rows, size);
  const ofPair = ({ chosen, rejected }) =>
    chosen.prompt.length - 1 + chosen.completion.length + rejected.completion.length;
  return {
    tokens: (size * sum(pairs.map(ofPair))) / pairs.length,
    rows: ofPrompts.rows + ofCompletions.rows,
    blocks: [
      [size, ofPrompts.width],
      [2 * size, ofCompletions.width],
    ],
  };
}
