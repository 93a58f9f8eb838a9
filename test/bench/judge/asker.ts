/** What a test kills: asks the judge of a folder by formula, as `tiltyard resume` does. */
import { judgeRuns } from '../../../harness/judge/judge.js';
import { folderWith, judgeAt } from './folder.js';

const [dir, url, seeds, prompts, pairs] = process.argv.slice(2);
const stored = folderWith(dir!, {
  judges: [judgeAt(url!, { labelledPairs: Number(pairs) })],
  seeds: Number(seeds),
  prompts: Number(prompts),
  pairs: Math.ceil(Number(pairs) / Number(seeds)),
});
const asked = await judgeRuns(stored, {
  signal: new AbortController().signal,
  // Waits are as long as they are, in hundredths.
  clock: {
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
  },
  note: (sentence) => void process.stdout.write(`${sentence}\n`),
});
process.exitCode = asked ? 0 : 1;
