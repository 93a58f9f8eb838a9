import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** The built command: what people run. `npm test` builds it first. */
export const cli = join(root, 'dist', 'harness', 'cli.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(
  args: readonly string[],
  options: { cwd?: string; detached?: boolean; env?: NodeJS.ProcessEnv } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: options.cwd ?? root,
    detached: options.detached ?? false,
    env: { ...process.env, ...options.env, NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (d: Buffer) => (stdout += d.toString()));
  child.stderr.on('data', (d: Buffer) => (stderr += d.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

export const tiltyard = (...args: string[]): Promise<Ended> => start(args).ended;

/**
 * Puts a finished run of `smoke` at a path. The first test file that wants one runs it, for all files of this
 * test run (they are children of one process); .config/vitest.teardown.ts removes it.
 */
export async function finishedSmoke(to: string): Promise<void> {
  const shared = sharedSmoke(process.ppid);
  const out = join(shared, 'out');
  const ready = join(shared, 'ready');
  try {
    mkdirSync(shared);
  } catch {
    for (let waited = 0; !existsSync(ready); waited += 100) {
      if (waited > 100_000) throw new Error(`${shared}: the test file that runs smoke did not finish`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  if (!existsSync(ready)) {
    const { code, stderr } = await tiltyard('run', 'smoke', '--out', out);
    if (code !== 0) throw new Error(stderr);
    writeFileSync(ready, '');
  }
  cpSync(out, to, { recursive: true });
}
/** Where the children of a test process share a run. */
export const sharedSmoke = (parent: number): string => join(tmpdir(), `tiltyard-smoke-${parent}`);

/** Where the children of a test process put folders that are removed when all tests are done. */
export const sharedFolders = (parent: number): string => join(tmpdir(), `tiltyard-folders-${parent}`);

/** A folder for one test file, removed afterwards. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Takes the hashes out of a folder, as one of an older version has none, so that it can be written to. */
export function asOlder(out: string): void {
  for (const name of readdirSync(out, { recursive: true }).map(String)) {
    const path = join(out, name);
    if (/(^|\/)(report\.)?files\.json$/.test(name)) rmSync(path);
    if (!/(^|\/)(plan|suite|analysis)\.json$/.test(name)) continue;
    const { seal: _, ...row } = JSON.parse(readFileSync(path, 'utf8')) as { seal?: string };
    writeFileSync(path, `${JSON.stringify(row, null, 2)}\n`);
  }
}

/** What must be equal between two runs of one seed: rows without their clock, samples, weights. */
export function contents(out: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const run of readdirSync(join(out, 'runs')).sort()) {
    for (const file of ['steps.jsonl', 'evals.jsonl', 'samples.jsonl', 'pairs.jsonl', 'heldout.jsonl']) {
      const text = read(join(out, 'runs', run, file));
      if (text === null) continue;
      found[`${run}/${file}`] = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.stringify({ ...(JSON.parse(line) as object), clock: undefined }))
        .join('\n');
    }
    const model = read(join(out, 'runs', run, 'model', 'model.safetensors'), 'base64');
    if (model !== null) found[`${run}/model.safetensors`] = model;
    const outcome = read(join(out, 'runs', run, 'outcome.json'));
    if (outcome !== null)
      found[`${run}/outcome.json`] = JSON.stringify({ ...(JSON.parse(outcome) as object), clock: undefined });
  }
  return found;
}

function read(path: string, encoding: BufferEncoding = 'utf8'): string | null {
  try {
    return readFileSync(path, encoding);
  } catch {
    return null;
  }
}
