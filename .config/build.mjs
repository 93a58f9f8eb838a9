/**
 * Builds dist: what it has no source for is removed, what it lacks is made again, and what is public names no
 * package of ours in its types.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const made = (folder, pattern) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    : [];

const BUILT = /\.(js|d\.ts|js\.map)$/;
for (const file of made(dist, BUILT)) {
  const hasSource = existsSync(join(root, file.replace(BUILT, '.ts')));
  if (!hasSource || file.endsWith('.map')) rmSync(join(dist, file));
}
// The compiler remembers what it wrote, and not that somebody removed it.
const parts = ['harness', 'plugins', 'datasets', 'reports', 'test/bench', 'test/mutate'];
const lacking = parts
  .flatMap((part) => made(join(root, part), /(?<!\.(d|test))\.ts$/).map((file) => join(part, file)))
  .some((file) => ['.js', '.d.ts'].some((ending) => !existsSync(join(dist, file.replace(/\.ts$/, ending)))));
if (lacking) rmSync(join(dist, '.tsbuildinfo'), { force: true });

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const project = ['-p', join(root, '.config', 'tsconfig.build.json')];
const { status } = spawnSync(process.execPath, [tsc, ...project], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// A tensor is TensorFlow.js's to us. Its types need a browser's, and those of WebGPU, which plugins do not.
writeFileSync(
  join(dist, 'harness', 'engine', 'tensor-type.d.ts'),
  "export type { PublicTensor as Tensor } from './public-tensor.js';\n",
);
// Adapters lie beside the scripts that they start.
const SCRIPT = /\.py$/;
for (const script of made(join(root, 'plugins', 'external'), SCRIPT)) {
  const to = join(dist, 'plugins', 'external', script);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(root, 'plugins', 'external', script), to);
}
for (const script of made(join(dist, 'plugins', 'external'), SCRIPT))
  if (!existsSync(join(root, 'plugins', 'external', script)))
    rmSync(join(dist, 'plugins', 'external', script));
await import('../dist/reports/report/publish.js');
