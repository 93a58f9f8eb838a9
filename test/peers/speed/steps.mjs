// In a process of its own: node steps.mjs WORLD WIDTH STEPS THREADS known|computed takes DPO steps, with
// log-probabilities of the reference known or computed before, and says what memory it took. With
// TILTYARD_ORT_PROFILE it leaves profiles.
import { dpoTrial } from '../../../dist/test/bench/parts/dpo.js';
import { modelOf } from '../../../dist/test/bench/sizes.js';
import { WORLDS } from '../../../dist/test/bench/worlds.js';

const [worldName, width, steps, threads, reference] = process.argv.slice(2);
const peak = () => process.resourceUsage().maxRSS * 1024;
const before = peak();
const world = WORLDS[worldName](modelOf(Number(width)));
const trial = await dpoTrial(world, { device: 'cpu', threads: Number(threads) });
if (reference === 'known') {
  trial.bench.ctx.reference.tokenLogps = async ({ mask: { shape, data } }) => ({
    shape,
    data: new Float32Array(data.length),
  });
}
for (let i = 0; i < Number(steps); i++) await trial.step();
process.stdout.write(`${JSON.stringify({ bytes: peak(), before })}\n`);
await trial.dispose();
process.exit(0);
