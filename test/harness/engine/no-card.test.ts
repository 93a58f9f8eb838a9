import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../harness/engine/select.js';
import { start } from '../../support.js';
import { machine } from '../run/launch/fake-nvidia-smi.js';

/** Asks for `smoke` on a device, which is settled before anything is written. */
const onCuda = ['run', 'smoke', '--engine', 'onnxruntime', '--set', 'engine.device=cuda'];

// What is tested is that nothing can be had of CUDA; where there is a card, the kit's probes are the test.
describe.runIf(!existsSync('/dev/nvidia0'))('without a card', () => {
  test('a named one is refused in one line', async () => {
    const { code, stderr } = await start(onCuda).ended;
    expect(code).toBe(2);
    expect(stderr).toBe(
      'tiltyard: engine onnxruntime on cuda: no card: no /dev/nvidia0, and nvidia-smi names none; ' +
        'use --engine auto to take what works here\n',
    );
  });
  test('or CUDA for it, it is refused in one line, and auto takes the CPU and says why', async () => {
    machine([{ uuid: 'GPU-1', name: 'NVIDIA H200' }]);
    const { code, stderr } = await start(onCuda).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tiltyard: engine onnxruntime on cuda: its CUDA provider does not load \(see tiltyard .+\): .+\n$/,
    );
    const engine = await createEngine({ name: 'auto', device: null, threads: 1 });
    engine.dispose();
    expect(engine.device).not.toBe('cuda');
    expect(engine.reason).toMatch(/not onnxruntime on cuda \(its CUDA provider does not load .+\)/);
    await expect(createEngine({ name: 'auto', device: 'cuda', threads: 1 })).rejects.toThrow(
      /^engine: none is usable: onnxruntime on cuda \(its CUDA provider does not load/,
    );
  });
});
