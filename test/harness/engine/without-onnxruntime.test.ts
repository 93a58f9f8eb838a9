import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EngineStatus } from '../../../harness/engine/select.js';
import { root, temporary } from '../../support.js';

/** Runs in a folder with the built engine, the two files it imports, and no onnxruntime-node. */
const SCRIPT = `
import { createEngine, listEngines } from './harness/engine/select.js';
import * as ops from './harness/engine/ops.js';

const engine = await createEngine({ name: 'reference', device: null, threads: 1 });
const variables = engine.variables(new Map([['w', { shape: [2, 1], data: Float32Array.of(10, 100) }]]));
const program = engine.program({
  label: 'product',
  variables: { v: variables },
  body: (scope, { x }) => ({ outputs: { y: ops.matmul(x, scope.tensors('v').w) } }),
});
const { y } = await program.run({ x: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
const attempt = createEngine({ name: 'onnxruntime', device: 'cpu', threads: 1 });
const refused = await attempt.then(() => 'not refused', (error) => error.message);
const engines = await listEngines();
console.log(JSON.stringify({ y: Array.from(y.data), flops: program.lastFlops, refused, engines }));
`;

describe('a machine without onnxruntime', () => {
  const folder = temporary();
  let out: { y: number[]; flops: number; refused: string; engines: EngineStatus[] };

  beforeAll(async () => {
    for (const part of ['engine', 'errors.js', 'protobuf.js']) {
      cpSync(join(root, 'dist', 'harness', part), join(folder, 'harness', part), { recursive: true });
    }
    mkdirSync(join(folder, 'node_modules'));
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name.startsWith('.') || name === 'onnxruntime-node') continue;
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'script.js'), SCRIPT);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'script.js')], {
      cwd: folder,
    });
    out = JSON.parse(stdout.trim().split('\n').at(-1)!);
  });

  test('runs programs on the reference, and counts their operations', () => {
    expect(out.y).toEqual([210, 430]);
    expect(out.flops).toBe(2 * 2 * 2 * 1);
  });
  test('says of onnxruntime that it is not installed, in the list and where it is asked for', () => {
    const onnx = out.engines.find(({ name, device }) => name === 'onnxruntime' && device === 'cpu');
    expect(onnx).toMatchObject({ usable: false, reason: 'onnxruntime-node is not installed' });
    expect(out.refused).toBe(
      'engine onnxruntime on cpu: onnxruntime-node is not installed; ' +
        'use --engine auto to take what works here',
    );
  });
  test('starts the command line', async () => {
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    const cli = [join(folder, 'dist', 'harness', 'cli.js'), 'list', 'engines'];
    const { stdout } = await promisify(execFile)(process.execPath, cli, { cwd: folder });
    expect(stdout).toMatch(/^not usable {2}onnxruntime on cpu +onnxruntime-node is not installed$/m);
    expect(stdout).toMatch(/^usable {6}reference on cpu/m);
  });
  test('still lists the reference as usable', () => {
    expect(out.engines.at(-1)).toMatchObject({ name: 'reference', usable: true });
  });
});
