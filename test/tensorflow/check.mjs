// The engine `tensorflow` on a TensorFlow that is here: node test/tensorflow/check.mjs DIR, where DIR is a
// wheel's `tensorflow` folder or an unpacked libtensorflow. Builds the binding with `tiltyard setup
// tensorflow`, runs the engine's tests on it, and `smoke`, whose rewards and KL must be those of onnxruntime
// to three digits.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/harness/cli.js');
const [from] = process.argv.slice(2);
const env = { ...process.env, TILTYARD_TEST_TENSORFLOW: '1', TF_CPP_MIN_LOG_LEVEL: '2' };
const run = (args, options = {}) => execFileSync(process.execPath, args, { cwd: root, env, ...options });
const shown = { stdio: 'inherit' };

run([cli, 'setup', 'tensorflow', '--from', from], shown);
const suite = ['ops', 'trajectory'].map((name) => `test/harness/engine/${name}.test.ts`);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
run([vitest, 'run', '--config', '.config/vitest.config.ts', '-t', 'tensorflow|TensorFlow', ...suite], shown);

const dir = mkdtempSync(join(tmpdir(), 'tiltyard-tensorflow-'));
try {
  const [ours, theirs] = ['onnxruntime', 'tensorflow'].map((engine) => {
    const out = join(dir, engine);
    run([cli, 'run', 'smoke', '--seeds', '1', '--engine', engine, '--out', out], { stdio: 'ignore' });
    const { algorithms } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    return algorithms.map(({ name, goldReward, kl }) => ({
      name,
      values: [goldReward?.mean, kl?.sequence?.mean],
    }));
  });
  for (const [i, { name, values }] of ours.entries()) {
    const far = values.some((x, j) => Math.abs(x - theirs[i].values[j]) > 1e-3 * Math.max(1, Math.abs(x)));
    const both = `${name}: gold reward and KL ${values.join(', ')} and ${theirs[i].values.join(', ')}`;
    if (far) throw new Error(both);
    process.stdout.write(`same to three digits on both engines: ${both}\n`);
  }
} finally {
  rmSync(dir, { recursive: true });
}
