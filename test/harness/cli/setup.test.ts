import { describe, expect, test } from 'vitest';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, temporary, tiltyard } from '../../support.js';

describe('tiltyard setup', () => {
  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'cuda --dry-run says what runs, what would be fetched and where it would go',
    async () => {
      const { code, stdout, stderr } = await tiltyard('setup', 'cuda', '--dry-run', '--json');
      expect(code, stderr).toBe(0);
      const said = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message: string }).message);
      expect(said[0]).toMatch(/^onnxruntime 1\.\d+\.\d+ runs here: .*libonnxruntime\.so\.1$/);
    },
  );
  test.each<[readonly string[], string]>([
    [['tensorflow'], 'setup tensorflow: name where TensorFlow is, with --from DIR'],
    [['cdua'], "setup: unknown engine 'cdua'; did you mean 'cuda'?"],
    [['cuda', '--source', 'pip'], 'Allowed choices are nuget, npm'],
  ])('setup %s is refused', async (args, message) => {
    const { code, stderr } = await tiltyard('setup', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('list engines names a card that nvidia-smi knows, or says why it cannot be used', async () => {
  const bin = temporary();
  writeFileSync(join(bin, 'nvidia-smi'), '#!/bin/sh\necho "0, GPU-1, NVIDIA H200, 143771, 580.1"\n');
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  const env = { PATH: `${bin}:${process.env['PATH']}` };
  const { code, stdout } = await start(['list', 'engines'], { env }).ended;
  expect(code).toBe(0);
  const line = stdout.split('\n').find((each) => each.includes('onnxruntime on cuda'))!;
  expect(line).toMatch(
    /^usable .*NVIDIA H200, 143771 MiB, driver 580\.1; onnxruntime|^not usable .*\(see tiltyard setup cuda\)/,
  );
});

test('list precisions says how far products are from the exact ones', async () => {
  const { code, stdout } = await tiltyard('list', 'precisions');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^float32 {3}onnxruntime on cpu {5}relative error of a product \d\.\de-7$/m);
  expect((await tiltyard('list', 'precisions', 'fp8')).stderr).toContain("unknown precision 'fp8'");
});
