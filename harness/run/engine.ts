import type { Experiment } from '../store/experiment.js';
import type { RunSpec } from '../store/spec.js';

/**
 * Engine and device are part of a run's identity, so they are settled once, before planning, for every run of
 * an experiment.
 * @throws TiltyardError where the engine does not work here
 */
export async function settleEngine(wanted: Experiment['engine']): Promise<RunSpec['engine']> {
  // Late: it loads TensorFlow.js, which takes half a second that refused input need not wait.
  const { createEngine } = await import('../engine/select.js');
  const engine = await createEngine(wanted);
  const { name, device } = engine;
  engine.dispose();
  if (name === wanted.name && wanted.device !== null) return wanted;
  return { ...wanted, name, device: name === 'onnxruntime' ? device : null };
}
