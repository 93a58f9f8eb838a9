import { dirname, join } from 'node:path';
import { confinementFlags } from '../../confinement/flags.js';
import { confinedPaths } from '../../store/layout.js';
import type { RunSpec } from '../../store/spec.js';

/** Flags of the process of a run whose plugin is not built in: it has what was laid out for it. */
export function confinement(spec: RunSpec, runDir: string): string[] {
  const { given, own } = confinedPaths(runDir);
  const { algorithm, policy, checkpoint, dataset, engine } = spec;
  return confinementFlags({
    code: Object.keys(algorithm?.code ?? {}),
    never: [dataset.module],
    read: [
      given,
      ...[policy.checkpoint, checkpoint].flatMap(foldersOf),
      ...(dataset.given?.tokenizer == null ? [] : [dataset.given.tokenizer.path]),
      ...(engine.device === null || engine.device === 'cpu' ? [] : ['/dev', '/sys', '/proc']),
      ...named('TILTYARD_ONNXRUNTIME'),
      '/proc/self/status', // how much memory it takes
    ],
    write: [own, runDir, '/proc/self/clear_refs'],
  });
}

/** The folder that a model begins as, and of an adapter that of the model that it names. */
function foldersOf(checkpoint: RunSpec['checkpoint']): string[] {
  if (checkpoint === undefined) return [];
  const { path, files = {} } = checkpoint;
  const others = Object.keys(files).filter((name) => name.startsWith('..'));
  return [path, ...new Set(others.map((name) => dirname(join(path, name))))];
}

function named(variable: string): string[] {
  const path = process.env[variable];
  return path === undefined || path === '' ? [] : [path];
}
