import { TiltyardError } from '../../errors.js';

const REFUSED = /Failed to allocate memory for requested buffer of size (\d+)/;
/** What a card's libraries say, which do not tell how much they wanted. */
const REFUSED_UNSAID = /CUDA failure 2: |CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED/;

/**
 * Does what takes memory of a device.
 * @param what `program NAME`, or what else is to be there
 * @throws TiltyardError where there is no room, with how much was wanted and what to halve
 */
export function withRoom<T>(what: string, device: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { message } = cause as Error;
    const wanted = REFUSED.exec(message)?.[1];
    if (wanted === undefined && !REFUSED_UNSAID.test(message)) throw cause;
    const size =
      wanted === undefined ? 'what a kernel needs' : `${(Number(wanted) / 2 ** 20).toFixed(0)} MiB`;
    const others = device === 'cuda' ? 'take a card with more' : 'run fewer jobs';
    const remedy = `halve batchSize (samples: maxTokens or the number of them), or ${others}`;
    throw new TiltyardError('no-memory', `${what}: ${device} has no room for ${size} more; ${remedy}`, {
      cause,
      exitCode: 1,
    });
  }
}
