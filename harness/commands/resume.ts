import { resume } from '../run/run.js';
import { withHost } from './host.js';
import type { Register } from './io.js';
import { positive } from './options.js';

export const resumeCommand: Register = (add, io) => {
  add('resume')
    .argument('<dir>', 'the --out folder of a run')
    .description('finish what an interrupted or killed run left')
    .option('--jobs <n>', 'runs at a time', positive)
    .action((dir: string, { jobs }: { jobs?: number }) => withHost(io, (host) => resume(dir, jobs, host)));
};
