// Writes a model folder anew as a run does that began as it: node test/peers/rewrite.mjs FROM TO [reward]
// compare_written.py holds what comes to transformers. Build first.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileName } from '../../dist/harness/policy/architecture.js';
import { readModelFolder } from '../../dist/harness/policy/checkpoint/folder.js';
import { writeModelFolder } from '../../dist/harness/policy/checkpoint/write.js';
import { huggingFaceTokenizer } from '../../dist/harness/policy/tokenizers/huggingface.js';
import { Rng } from '../../dist/harness/rng.js';

const [from, to, reward] = process.argv.slice(2);
const { architecture, body } = readModelFolder(from);
const head = reward === undefined ? [] : architecture.initialHead('normal', Rng.fromSeed(1));
writeModelFolder(to, {
  architecture,
  arrays: new Map([...[...body].map(([name, array]) => [fileName(architecture, name), array]), ...head]),
  normalisation: reward === undefined ? null : { mean: 0, std: 1 },
  tokenizer: huggingFaceTokenizer(from),
  from,
});
writeFileSync(join(to, '.head.json'), JSON.stringify([...head].map(([, { data }]) => [...data])));
