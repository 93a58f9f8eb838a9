// Matrix products of one block, forward: what both libraries do most of.
import { prepareProducts, shapesOf } from '../../../dist/test/bench/parts/products.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { openPeer, timed, withFolder } from './peer.mjs';
import { median, ofMedians, pairedRatio } from './statistics.mjs';

export async function compareProducts(model, { threads, rounds }, log) {
  const ours = await prepareProducts({ device: 'cpu', threads }, model);
  const name = nameOf(model);
  const shapes = shapesOf(model);
  // Some tens of milliseconds on either side.
  const times = Math.max(1, Math.round(5e9 / ours.flops));
  const own = () =>
    timed(async () => {
      for (let i = 0; i < times; i++) await ours.run();
    });
  try {
    return await withFolder({ spec: { shapes } }, null, async (folder) => {
      const peer = await openPeer('products.py', folder, threads);
      await own();
      await peer.ask('run', String(times));
      const [mine, theirs] = [[], []];
      for (let round = 0; round < 2 * rounds; round++) {
        mine.push((await own()).ms);
        theirs.push((await peer.ask('run', String(times))).ms);
      }
      peer.stop();
      log(`products ${name}`);
      const speed = (side) => (times * ours.flops) / median(side) / 1e6;
      const best = (side) => (times * ours.flops) / Math.min(...side) / 1e6;
      return {
        name,
        shapes: shapes.map((shape) => shape.join(' x ')),
        ours: speed(mine),
        theirs: speed(theirs),
        oursBest: best(mine),
        theirsBest: best(theirs),
        ...pairedRatio(theirs, mine, ofMedians, name),
      };
    });
  } finally {
    ours.dispose();
  }
}
