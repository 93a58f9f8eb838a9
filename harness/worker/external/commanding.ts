import { answer } from '../../confinement/ask.js';
import { lock } from '../../confinement/lock.js';
import type { ExternalJob } from '../../contracts/external.js';
import { toldBy } from './command.js';

/** Runs in a process of its own, `node commanding.js '{"module": ...}'`, and answers whoever asks. */
const { module, job } = JSON.parse(process.argv[2]!) as {
  readonly module: string;
  readonly job: ExternalJob;
};
await import('../../index.js'); // what it imports itself is there before doors are closed
lock();
try {
  answer(await toldBy(module, job));
} catch (error) {
  answer({ wrong: error instanceof Error ? error.message : String(error) });
}
process.exit(0);
