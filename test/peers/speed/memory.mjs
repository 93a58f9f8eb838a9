// Peak memory of DPO steps, each library in a process of its own.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { WORLDS } from '../../../dist/test/bench/worlds.js';
import { CONTENDERS, specOf } from './dpo.mjs';
import { openPeer, withFolder } from './peer.mjs';

const STEPS = 8;

export async function compareMemory(worldName, model, { threads, contenders }, log) {
  const world = WORLDS[worldName](model);
  const script = fileURLToPath(new URL('steps.mjs', import.meta.url));
  // As workers are started: memory goes back as soon as it is freed.
  const env = {
    ...process.env,
    MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 26),
  };
  const found = {};
  for (const reference of ['known', 'computed']) {
    const args = [script, worldName, model.width, STEPS, threads, reference].map(String);
    const ours = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }));
    found[reference] = { ours: ours.bytes };
  }
  await withFolder({ spec: specOf(world, model) }, world.weights.policy, async (folder) => {
    const peak = async (kind, reference) => {
      const peer = await openPeer(CONTENDERS[kind].script, folder, threads, kind);
      if (reference === 'computed') await peer.ask('reference');
      await peer.ask('steps', String(STEPS));
      const { bytes } = await peer.ask('rss');
      peer.stop();
      found[reference][kind] = bytes;
    };
    await peak('eager', 'known');
    await peak('eager', 'computed');
    if (contenders.includes('trl')) await peak('trl', 'computed');
  });
  log(`memory ${worldName} ${nameOf(model)}`);
  return { name: `${worldName} ${nameOf(model)}`, steps: STEPS, ...found };
}
