import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { load, type LoadedExperiment } from '../../../harness/config/load.js';
import { makePlan } from '../../../harness/config/plan.js';
import { requireDevice, settleEngine } from '../../../harness/run/engine.js';
import type { RunSpec } from '../../../harness/store/spec.js';

describe('the engine', () => {
  test('that was left open is settled to a name and a device', async () => {
    const engine = await settleEngine({ name: 'auto', device: null, threads: 2 });
    expect(engine.name).not.toBe('auto');
    expect(engine.threads).toBe(2);
  });
  test('that was named stays, with the device that it takes', async () => {
    const cpu = { name: 'onnxruntime', device: 'cpu', threads: 1 } as const;
    expect(await settleEngine(cpu)).toEqual(cpu);
    expect(await settleEngine({ ...cpu, device: null })).toEqual(cpu);
    const reference = { name: 'reference', device: null, threads: 1 } as const;
    expect(await settleEngine(reference)).toEqual(reference);
  });
  test('that does not work here is refused', async () => {
    const wanted = { name: 'onnxruntime', device: 'tpu', threads: 1 } as const;
    await expect(settleEngine(wanted)).rejects.toThrow(/unknown device 'tpu'/);
  });
  test('decides the ids of runs: settled first, one plan has those that the runs will have', async () => {
    const { experiment, baseDir, source } = load('smoke') as LoadedExperiment;
    const cpu = { ...experiment, engine: { name: 'onnxruntime', device: 'cpu', threads: 1 } } as const;
    const engine = await settleEngine({ ...cpu.engine, device: null });
    const ids = async (of: typeof experiment): Promise<string[]> =>
      (await makePlan(of, baseDir, source)).runs.map((run) => run.id);
    expect(await ids({ ...experiment, engine })).toEqual(await ids(cpu));
    expect(await ids(experiment)).not.toEqual(await ids(cpu)); // `auto` is no engine that a run could have
  });
});

test('a folder planned for a device that is away is refused before a run of it can fail', async () => {
  const on = (device: string | null) => ({
    spec: { engine: { name: 'onnxruntime', device, threads: 1 } as RunSpec['engine'] },
  });
  await requireDevice('out', []);
  await requireDevice('out', [on('cpu'), on(null)]);
  if (existsSync('/dev/nvidia0')) return;
  await expect(requireDevice('out', [on('cpu'), on('cuda')])).rejects.toThrow(
    /^out: its runs were planned for cuda: engine onnxruntime on cuda: no card: .+; go on where it works/,
  );
});
