import { writeFileSync } from 'node:fs';
import { environment } from '../../harness/environment.js';
import { TiltyardError } from '../../harness/errors.js';
import { checkAlike, ratiosOf } from './comparison.js';
import { caseName, measure } from './measure.js';
import { HELP, type Options, optionsOf } from './options.js';
import { type CaseResult, loadNow, readResult, resultOf } from './result.js';
import { aboutResult, asMarkdown, asText, timesTable } from './table.js';

/** `npm run bench`. @returns the exit code: 1 where something is slower than an earlier file says */
async function main(options: Options): Promise<number> {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const { parts, models, setting, rounds, json, markdown, compare, threshold } = options;
  const earlier = compare === null ? null : readResult(compare);
  // Before minutes are spent.
  if (earlier !== null) checkAlike({ environment: environment(), setting }, earlier);
  const loadBefore = loadNow();
  const cases: CaseResult[] = [];
  for (const part of parts) {
    for (const model of part.perSize ? models : models.slice(0, 1)) {
      process.stderr.write(`${caseName(part, model)} `);
      cases.push(await measure(part, model, setting, rounds));
    }
  }
  process.stderr.write('\n');
  const result = resultOf(setting, loadBefore, cases);
  if (json !== null) writeFileSync(json, `${JSON.stringify(result)}\n`);
  const ratios = earlier === null ? [] : ratiosOf(result, earlier, threshold);
  const table = timesTable(result, ratios);
  console.log(`${aboutResult(result)}\n\n${asText(table)}`);
  if (markdown !== null) writeFileSync(markdown, `${aboutResult(result)}\n\n${asMarkdown(table)}\n`);
  return ratios.some(({ isSlower }) => isSlower) ? 1 : 0;
}

try {
  process.exit(await main(optionsOf(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof TiltyardError)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
}
