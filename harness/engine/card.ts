import { execFileSync } from 'node:child_process';

/**
 * The card that CUDA programs run on, as `NVIDIA H200, 143771 MiB, driver 580.159.04`; null where nvidia-smi
 * is not there or does not answer. CUDA_VISIBLE_DEVICES chooses among several, by index or UUID; the first of
 * those it names is taken.
 */
export function describeCard(): string | null {
  const chosen = process.env['CUDA_VISIBLE_DEVICES']?.split(',')[0];
  const which = chosen === undefined || chosen === '' ? '0' : chosen;
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader', `--id=${which}`];
  try {
    const out = execFileSync('nvidia-smi', query, { timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] });
    const [name, memory, driver] = out.toString().split('\n')[0]!.split(', ');
    return driver === undefined ? null : `${name}, ${memory}, driver ${driver.trim()}`;
  } catch {
    return null;
  }
}
