import type { MemberProgress, StoredSuite } from '../../harness/run/suite.js';
import { escapeHtml as e } from '../report/escape.js';
import { policyFor, shell } from './shell.js';

export const SUITE_POLICY = policyFor(null);

/** Seconds after which the page asks again while runs go on. */
const REFRESH = 10;

/** The members of a suite with how far they are, each with a live page of its own. */
export function suitePage({ name, description, profile }: Pick<StoredSuite, 'name' | 'description' | 'profile'>, members: readonly MemberProgress[], hasReport: boolean): string {
  const goingOn = members.some((m) => m.done + m.failed < m.runs);
  const [runs, done] = [members.reduce((n, m) => n + m.runs, 0), members.reduce((n, m) => n + m.done, 0)];
  const row = (m: MemberProgress): string => `<tr><td class="name"><a href="${e(encodeURIComponent(m.name))}/">${e(m.name)}</a></td><td>${m.done} of ${m.runs}</td><td>${m.failed}</td><td class="name">${m.done + m.failed === 0 ? 'not begun' : m.done + m.failed < m.runs ? 'partly done' : 'done'}</td></tr>`;
  return shell(
    name,
    `<p class="lede">${e(description)}</p>
<p class="meta">profile ${e(profile)}, ${done} of ${runs} runs in ${members.length} members${hasReport ? ', <a href="report">the report</a>' : ''}</p>
<div class="scroll" tabindex="0" role="region" aria-label="members"><table><thead><tr><th class="name">member</th><th>runs</th><th>failed</th><th class="name">state</th></tr></thead><tbody>${members.map(row).join('')}</tbody></table></div>`,
    { script: null, head: goingOn ? `<meta http-equiv="refresh" content="${REFRESH}">\n` : '' },
  );
}
