import { describe, expect, test } from 'vitest';
import { createEngine, listEngines } from '../../../harness/engine/select.js';

describe('choosing an engine', () => {
  test('every engine and device is listed with a reason', async () => {
    const engines = await listEngines();
    expect(engines.map((e) => `${e.name} ${e.device}`)).toEqual(
      expect.arrayContaining(['onnxruntime cpu', 'onnxruntime webgpu', 'onnxruntime cuda', 'reference cpu']),
    );
    for (const e of engines) expect(e.reason, `${e.name} ${e.device}`).not.toBe('');
    expect(engines.find((e) => e.name === 'onnxruntime' && e.device === 'cpu')!.usable).toBe(true);
  });
  test('auto says what was missing', async () => {
    const engine = await createEngine({ name: 'auto', device: null, threads: 1 });
    if (engine.device === 'cpu')
      expect(engine.reason).toMatch(
        /not onnxruntime on cuda \(.+\); not tensorflow on .+; not onnxruntime on webgpu \(.+\)/,
      );
    engine.dispose();
  });
  test('refuses rounded products where there are none', async () => {
    const wanted = { threads: 1, precision: 'tf32' } as const;
    await expect(createEngine({ ...wanted, name: 'onnxruntime', device: 'cpu' })).rejects.toThrow(
      'engine onnxruntime on cpu: has no tf32 products; ask for engine.device=cuda, or for float32',
    );
    await expect(createEngine({ ...wanted, name: 'reference', device: null })).rejects.toThrow(
      'engine reference: has no tf32 products; ask for engine onnxruntime on cuda, or for float32',
    );
  });
  test('refuses unknown names', async () => {
    await expect(createEngine({ name: 'onnx', device: null, threads: 1 })).rejects.toThrow(
      /unknown engine 'onnx'/,
    );
    await expect(createEngine({ name: 'onnxruntime', device: 'tpu', threads: 1 })).rejects.toThrow(
      /unknown device 'tpu'/,
    );
  });
});
