import type { Experiment } from '../store/experiment.js';
import type { RunSpec } from '../store/spec.js';

interface SettledEngine {
  readonly engine: RunSpec['engine'];
  /** Which engine was taken and why, where that was left open. */
  readonly note: string | null;
}

/**
 * Engine and device are part of a run's identity, so they are settled once, before planning, for every run of
 * an experiment.
 * @throws TiltyardError where the engine does not work here
 */
export async function settleEngine(wanted: Experiment['engine']): Promise<SettledEngine> {
  // Late: it loads TensorFlow.js, which takes half a second that refused input need not wait.
  const { createEngine } = await import('../engine/select.js');
  const engine = await createEngine(wanted);
  const { name, device, reason } = engine;
  engine.dispose();
  const note = wanted.name === 'auto' ? `engine: ${name} on ${device}; ${reason}` : null;
  if (name === wanted.name && wanted.device !== null) return { engine: wanted, note };
  return { engine: { ...wanted, name, device: name === 'onnxruntime' ? device : null }, note };
}
