import { spawnSync } from 'node:child_process';
import { TiltyardError } from '../errors.js';
import type { StagePlugins } from './stage-plugins.js';

/** Milliseconds that the question may take: a file system far away is slow to list packages. */
const PATIENCE = 120_000;

/**
 * Holds trainers outside to what they need being installed, before anything is spent.
 * @throws TiltyardError naming the stage, what is missing and how to get it
 */
export function checkRequirements(plugins: StagePlugins, source: string): void {
  const asked = new Set<string>();
  for (const [stage, { plugin }] of plugins) {
    const requires = plugin.external?.requires;
    const question = JSON.stringify(requires);
    if (requires === undefined || asked.has(question)) continue;
    asked.add(question);
    const { file, args, env = {}, remedy } = requires;
    const { status, error, stderr } = spawnSync(file, args, {
      env: { ...process.env, ...env },
      timeout: PATIENCE,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (error === undefined && status === 0) continue;
    const last = (stderr ?? '').trim().split('\n').at(-1)!;
    const why = error === undefined ? last || `exit code ${status}` : error.message;
    const what = `what its trainer needs is not here (${file}: ${why})`;
    throw new TiltyardError('no-trainer', `${source}: stage ${stage}: ${plugin.name}: ${what}; ${remedy}`);
  }
}
