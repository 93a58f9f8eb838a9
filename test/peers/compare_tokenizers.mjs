/**
 * node compare_tokenizers.mjs FOLDER: every string of make_tokenizers.py, encoded and decoded here, against
 * what the tokenizers library and transformers made of it. Wants a build.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { huggingFaceTokenizer } from '../../dist/harness/policy/tokenizers/huggingface.js';

const root = process.argv[2];
let total = 0;
for (const family of readdirSync(root)) {
  const dir = join(root, family);
  const { rows, special } = JSON.parse(readFileSync(join(dir, 'rows.json'), 'utf8'));
  const [plain, templated] = [huggingFaceTokenizer(dir), huggingFaceTokenizer(dir, { templated: true })];
  const wrong = { bare: [], framed: [], decoded: [] };
  for (const [text, bare, framed, decoded] of rows) {
    const mine = templated.encode(text);
    if (mine.join() !== bare.join()) wrong.bare.push({ text, bare, mine });
    const whole = plain.encode(text);
    if (whole.join() !== (framed ?? bare).join())
      wrong.framed.push({ text, framed: framed ?? bare, mine: whole });
    const back = templated.decode(bare);
    if (back !== decoded) wrong.decoded.push({ bare, decoded, mine: back });
  }
  const ids = special === null ? '' : ` eos ${plain.eosId}/${special.eos} pad ${plain.padId}/${special.pad}`;
  const counts = Object.entries(wrong).map(([what, list]) => `${what} ${list.length}`);
  console.log(`${family}: ${rows.length} strings, differ: ${counts.join(', ')}${ids}`);
  for (const [what, list] of Object.entries(wrong))
    for (const first of list.slice(0, Number(process.argv[3] ?? 2)))
      console.log(`  ${what} ${JSON.stringify(first)}`);
  total += Object.values(wrong).reduce((sum, list) => sum + list.length, 0);
}
console.log(total === 0 ? 'no string differs' : `${total} differ`);
process.exit(total === 0 ? 0 : 1);
