import { rmSync } from 'node:fs';
import { sharedFolders, sharedSmoke } from '../test/support.js';

/** Run by vitest in its main process, whose children shared these (test/support.ts). */
export function teardown(): void {
  for (const dir of [sharedSmoke(process.pid), sharedFolders(process.pid)]) {
    rmSync(dir, { recursive: true, force: true });
  }
}
