import { TiltyardError } from '../../errors.js';

const REFUSED = /Failed to allocate memory for requested buffer of size (\d+)/;

/**
 * Runs a program's graph.
 * @throws TiltyardError where there is no room for its intermediate values, with how much was wanted
 */
export function withRoom(label: string, device: string, run: () => void): void {
  try {
    run();
  } catch (cause) {
    const wanted = REFUSED.exec((cause as Error).message)?.[1];
    if (wanted === undefined) throw cause;
    const size = `${(Number(wanted) / 2 ** 20).toFixed(0)} MiB`;
    const remedy = 'halve batchSize (samples: maxTokens or the number of them), or run fewer jobs';
    throw new TiltyardError(
      'no-memory',
      `program ${label}: ${device} has no room for ${size} more; ${remedy}`,
      { cause, exitCode: 1 },
    );
  }
}
