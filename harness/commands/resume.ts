import type { ResumeOptions } from '../run/kind.js';
import { resume } from '../run/run.js';
import { withHost } from './host.js';
import type { Register } from './io.js';
import { launcherOption, type LauncherFlags, SBATCH } from './launcher.js';
import { collected, positive, TRUST } from './options.js';

export const resumeCommand: Register = (add, io) => {
  add('resume')
    .argument('<dir>', 'the --out folder of a run')
    .description('finish what an interrupted or killed run left')
    .option('--jobs <n>', 'runs at a time', positive)
    .option('--retry-failed', 'try runs once more that failed, diverged or ran out of time')
    .option('--judge-calls <n>', 'calls that each judge may take in all, in place of maxCalls', positive)
    .option('--judge-tokens <n>', 'tokens that each judge may take in all, in place of maxTokens', positive)
    .option('--trust <module>', TRUST, collected, [])
    .option('--accept-changes', 'go on though a data, model or plugin file has changed; the report says so')
    .addOption(launcherOption())
    .option('--sbatch <option>', SBATCH, collected, [])
    .action((dir: string, { launcher, sbatch, ...flags }: ResumeOptions & LauncherFlags) =>
      withHost(
        io,
        (host) => resume(dir, flags, host),
        { ...(launcher === undefined ? {} : { launcher }), sbatch: sbatch ?? [] },
        dir,
      ),
    );
};
