import type { DataRow, JudgedRow, LengthsRow, PairsRow, SplitRow } from '../store/data.js';
import { counted, cut, isWorld, percent, sharedPrompts, warnings } from './warnings.js';

/** A line each: warnings, sources with what was left out, splits, special tokens and template. */
export function shortForm(row: DataRow): string[] {
  return [
    ...said(row),
    ...row.sources.flatMap(source),
    ...askedLine(row),
    ...row.splits.map((split) => shortSplit(split, isWorld(row))),
    ...(isWorld(row) ? row.shared.map(sharedPrompts) : []),
    tokensAndTemplate(row),
  ];
}

const said = (row: DataRow): string[] => [
  ...warnings(row).map((what) => `warning: ${what}`),
  ...row.notes.map((what) => `note: ${what}`),
];

function source({ file, rows, kept, dropped }: DataRow['sources'][number]): string[] {
  return [
    `${file}: ${counted(rows, 'row')}, ${kept} kept`,
    ...dropped.map(({ reason, rows: n, first }) => `  dropped ${n}: ${reason} (first: ${first})`),
  ];
}

function shortSplit(
  { split, prompts, promptTokens, given, unpaired = null }: SplitRow,
  world: boolean,
): string {
  const of = counted(prompts, 'prompt');
  const none = world ? 'its pairs are made by sampling' : 'no pairs';
  if (unpaired !== null) {
    const tokens = `prompt ${range(promptTokens)}, completion ${range(unpaired.completion)} tokens`;
    return `${split}: ${labelled(unpaired)}, ${of}; ${tokens}`;
  }
  if (given === null) return `${split}: ${of} of ${range(promptTokens)} tokens; ${none}`;
  const { pairs, chosen, rejected } = given;
  const tokens = `prompt ${range(promptTokens)}, chosen ${range(chosen)}, rejected ${range(rejected)} tokens`;
  const longer = `chosen longer in ${percent(given.chosenLonger)}`;
  return `${split}: ${counted(pairs, 'pair')}, ${of}; ${tokens}; ${longer}`;
}

const labelled = ({ rows, good }: JudgedRow): string =>
  `${counted(rows, 'completion')} (${good} labelled true, ${rows - good} false)`;

const range = (lengths: LengthsRow | null): string => {
  if (lengths === null) return '0';
  const { min, mean, max } = lengths;
  return min === max ? String(min) : `${min} to ${max} (mean ${mean.toFixed(1)})`;
};

function tokensAndTemplate(row: DataRow): string {
  const tokens = row.specialTokens.map(({ role, ids, from }) => `${role} ${ids.join(', ')} (${from})`);
  return `tokens: ${tokens.join('; ')}; template: ${templateName(row)}`;
}

function templateName({ template, sources }: DataRow): string {
  if (template !== null) return `${template.name}, ${template.from}`;
  return sources.length > 0 ? 'none, rows are plain text' : 'none named by the dataset';
}

const ROLES = ['end', 'padding', 'begin'] as const;

/** Everything that was counted, in sections of lines. */
export function fullForm(row: DataRow): string[] {
  const { dataset, seed, bounds } = row;
  const limits = `prompts of up to ${bounds.prompt} tokens, completions of up to ${bounds.completion}`;
  return [
    `dataset ${dataset}, seed ${seed}: ${limits}`,
    ...said(row),
    '',
    ...row.sources.flatMap((one) => [
      ...source(one),
      `  ${cut(one)} cut to their bound`,
      `  SHA-256 ${one.sha256}`,
    ]),
    ...ROLES.flatMap((role) => tokensOf(role, row)),
    `template: ${templateName(row)}`,
    ...(row.shared.length === 0
      ? ['no two splits have a prompt in common']
      : row.shared.map((shared) => sharedPrompts(shared))),
    ...askedLines(row),
    ...row.splits.flatMap((split) => ['', ...fullSplit(split)]),
  ];
}

function tokensOf(role: (typeof ROLES)[number], { specialTokens }: DataRow): string[] {
  const found = specialTokens.filter((token) => token.role === role);
  if (found.length === 0) return [`${role} token: none`];
  return found.map(
    ({ ids, from }) => `${role} token${ids.length === 1 ? '' : 's'}: ${ids.join(', ')}, from ${from}`,
  );
}

/** What was asked for and what there is, in a line. */
function askedLine({ asked }: DataRow): string[] {
  if (asked === null) return [];
  const of = (which: 'pairs' | 'heldoutPairs'): string =>
    `${which} ${asked[which].asked}, given ${Math.min(asked[which].asked, asked[which].there)}`;
  return [`asked: ${of('pairs')}; ${of('heldoutPairs')}`];
}

function askedLines({ asked }: DataRow): string[] {
  if (asked === null) return [];
  return (['pairs', 'heldoutPairs'] as const).map((which) => {
    const { asked: wanted, there } = asked[which];
    return `collect.${which}: ${wanted} asked, ${Math.min(wanted, there)} given, ${there} there`;
  });
}

function fullSplit({ unpaired, ...row }: SplitRow): string[] {
  const { split, prompts, promptTokens, unknownTokens, given } = row;
  if (unpaired !== undefined) return judgedSplit(row, unpaired);
  const pairs = given === null ? '' : `${counted(given.pairs, 'pair')}, `;
  const sampled = given === null ? '; its pairs, if any, are made by sampling' : '';
  return [
    `${split}: ${pairs}${counted(prompts, 'prompt')}${sampled}`,
    ...(given === null ? [] : pairLines(given)),
    ...(unknownTokens === 0 ? [] : [`  tokens of unknown text: ${unknownTokens}`]),
    ...histogram('prompt', promptTokens),
    ...(given === null
      ? []
      : [...histogram('chosen', given.chosen), ...histogram('rejected', given.rejected)]),
  ];
}

function judgedSplit(
  { split, prompts, promptTokens, unknownTokens }: SplitRow,
  unpaired: JudgedRow | null,
): string[] {
  if (unpaired === null) return [`${split}: ${counted(prompts, 'prompt')}`];
  const { duplicates, conflicting, withoutEnd, severalEnds, completion } = unpaired;
  return [
    `${split}: ${labelled(unpaired)}, ${counted(prompts, 'prompt')}`,
    `  duplicates ${duplicates}, conflicting labels ${conflicting}`,
    `  completions without an end token ${withoutEnd}, with more than one ${severalEnds}`,
    ...(unknownTokens === 0 ? [] : [`  tokens of unknown text: ${unknownTokens}`]),
    ...histogram('prompt', promptTokens),
    ...histogram('completion', completion),
  ];
}

function pairLines(given: PairsRow): string[] {
  const { duplicates, equalSides, conflicting, margins, answers } = given;
  const { chosenLonger, rejectedLonger, lengthDifference } = given;
  const equal = Math.max(0, 1 - chosenLonger - rejectedLonger);
  return [
    `  duplicates ${duplicates}, equal sides ${equalSides}, conflicting labels ${conflicting}`,
    `  chosen longer in ${percent(chosenLonger)}, rejected in ${percent(rejectedLonger)}, ` +
      `equal in ${percent(equal)}; chosen minus rejected ${lengthDifference.toFixed(2)} tokens on average`,
    `  completions without an end token ${given.withoutEnd}, with more than one ${given.severalEnds}`,
    ...(margins.rows === 0 ? [] : [`  margins ${margins.rows}, negative ${margins.negative}`]),
    ...answers.map(
      ({ text, chosen, rejected }) =>
        `  the completion ${JSON.stringify(text)}: chosen ${chosen}, rejected ${rejected} times`,
    ),
  ];
}

const WIDEST = 40;

function histogram(what: string, lengths: LengthsRow | null): string[] {
  if (lengths === null) return [];
  const { min, mean, median, p95, max, bins } = lengths;
  const most = Math.max(...bins.map(({ rows }) => rows));
  const digits = String(max).length;
  return [
    `  ${what} tokens: min ${min}, median ${median}, mean ${mean.toFixed(1)}, 95 % ${p95}, max ${max}`,
    ...bins.map(({ from, to, rows }) => {
      const bar = '█'.repeat(Math.ceil((rows / most) * WIDEST));
      const place = `${String(from).padStart(digits)}-${String(to).padStart(digits)}`;
      return `    ${place} ${bar}${bar === '' ? '' : ' '}${rows}`;
    }),
  ];
}
