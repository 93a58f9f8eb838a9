import { totalmem } from 'node:os';

/** Bytes that a process may have: the machine's, or what a container leaves of them. */
export function machineMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(totalmem(), allowed) : totalmem();
}
