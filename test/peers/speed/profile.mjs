// Where a DPO step's time goes: onnxruntime's own timings of its operators.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { sum } from './statistics.mjs';

const STEPS = 6;

export function profileDpo(worldName, model, { threads }, log) {
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-profile-'));
  try {
    const script = fileURLToPath(new URL('steps.mjs', import.meta.url));
    const env = { ...process.env, TILTYARD_ORT_PROFILE: join(dir, 'step') };
    execFileSync(process.execPath, [script, worldName, model.width, STEPS, threads, 'known'].map(String), {
      env,
    });
    // The sessions that train are those with an update in them, and there the longest.
    const sessions = readdirSync(dir).map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')));
    const times = sessions.filter(isTraining).map(byOperator);
    const total = new Map();
    for (const session of times) {
      for (const [op, us] of session) total.set(op, (total.get(op) ?? 0) + us);
    }
    const all = sum([...total.values()]);
    const shares = [...total].map(([op, us]) => ({ op, share: us / all })).sort((a, b) => b.share - a.share);
    log(`profile ${worldName} ${nameOf(model)}`);
    return { name: `${worldName} ${nameOf(model)}`, shares: shares.slice(0, 10) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const nodes = (events) => events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
/** AdamW takes square roots; a pass without an update has no gradient's products. */
const isTraining = (events) => {
  const ops = nodes(events).map(({ args }) => args.op_name);
  return (
    ops.filter((op) => op === 'Sqrt').length > 0 && ops.some((op) => op === 'FusedMatMul' || op === 'Gemm')
  );
};

function byOperator(events) {
  const out = new Map();
  for (const { args, dur } of nodes(events)) out.set(args.op_name, (out.get(args.op_name) ?? 0) + dur);
  return out;
}
