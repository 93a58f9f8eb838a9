import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// WebGPU tests run on SwiftShader, the software adapter inside Debian's chromium, where it is there. The
// loader reads both variables when a process starts, so they are set here, before the workers are forked.
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(swiftshader)) {
  process.env['VK_ICD_FILENAMES'] = swiftshader;
  process.env['LD_LIBRARY_PATH'] = [process.env['LD_LIBRARY_PATH'], dirname(swiftshader)]
    .filter(Boolean)
    .join(':');
}

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['.config/vitest.teardown.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // Files of one worker share loaded modules: importing TensorFlow.js anew for each takes 30 s in all.
    isolate: false,
    maxWorkers: '100%', // the default leaves a core idle; here that is half of them
  },
});
