import { rmSync } from 'node:fs';
import { sharedSmoke } from '../test/support.js';

/** Run by vitest in its main process, whose children shared a run of `smoke` (test/support.ts). */
export function teardown(): void {
  rmSync(sharedSmoke(process.pid), { recursive: true, force: true });
}
