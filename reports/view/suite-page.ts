import { createHash } from 'node:crypto';
import type { StoredSuite } from '../../harness/run-suite.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import { escapeHtml as e } from '../format.js';
import { finished } from '../gather.js';
import { STYLE } from '../style.js';
import { VIEW_STYLE } from './style.js';

const CSS = `${STYLE}${VIEW_STYLE}`;

/** No script at all. */
export const SUITE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(CSS).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Seconds after which the page asks again while runs go on. */
const REFRESH = 10;

export interface MemberProgress {
  readonly name: string;
  readonly runs: number;
  readonly done: number;
  readonly failed: number;
}

/** How many of a member's runs came far enough to be counted, and how many ended before. */
export function memberProgress(name: string, { runs }: StoredExperiment): MemberProgress {
  const ended = runs.filter(({ outcome }) => outcome !== null && outcome.outcome !== 'interrupted');
  const done = ended.filter(finished).length;
  return { name, runs: runs.length, done, failed: ended.length - done };
}

/** The members of a suite with how far they are, each with a live page of its own. */
export function suitePage({ name, description, profile }: Pick<StoredSuite, 'name' | 'description' | 'profile'>, members: readonly MemberProgress[], hasReport: boolean): string {
  const goingOn = members.some((m) => m.done + m.failed < m.runs);
  const [runs, done] = [members.reduce((n, m) => n + m.runs, 0), members.reduce((n, m) => n + m.done, 0)];
  const row = (m: MemberProgress): string => `<tr><td class="name"><a href="${e(encodeURIComponent(m.name))}/">${e(m.name)}</a></td><td>${m.done} of ${m.runs}</td><td>${m.failed}</td><td class="name">${m.done + m.failed === 0 ? 'not begun' : m.done + m.failed < m.runs ? 'partly done' : 'done'}</td></tr>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${goingOn ? `<meta http-equiv="refresh" content="${REFRESH}">\n` : ''}<link rel="icon" href="data:,">
<title>${e(name)} · Tiltyard, live</title>
<style>${CSS}</style>
</head>
<body>
<main>
<p class="eyebrow">Tiltyard, live</p>
<h1>${e(name)}</h1>
<p class="lede">${e(description)}</p>
<p class="meta">profile ${e(profile)}, ${done} of ${runs} runs in ${members.length} members${hasReport ? ', <a href="report">the report</a>' : ''}</p>
<div class="scroll" tabindex="0" role="region" aria-label="members"><table><thead><tr><th class="name">member</th><th>runs</th><th>failed</th><th class="name">state</th></tr></thead><tbody>${members.map(row).join('')}</tbody></table></div>
</main>
</body>
</html>
`;
}
