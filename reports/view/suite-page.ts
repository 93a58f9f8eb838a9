import type { MemberProgress, StoredSuite } from '../../harness/run/suite.js';
import { escapeHtml as e } from '../report/escape.js';
import { policyFor, shell } from './shell.js';

export const SUITE_POLICY = policyFor(null);

/** Seconds after which the page asks again while runs go on. */
const REFRESH = 10;

/** The members of a suite with how far they are, each with a live page of its own. */
export function suitePage(
  { name, description, profile }: Pick<StoredSuite, 'name' | 'description' | 'profile'>,
  members: readonly MemberProgress[],
  hasReport: boolean,
): string {
  const [runs, done] = [total(members, 'runs'), total(members, 'done')];
  const progress = `profile ${e(profile)}, ${done} of ${runs} runs in ${members.length} members`;
  const main = `<p class="lede">${e(description)}</p>
<p class="meta">${progress}${hasReport ? ', <a href="report">the report</a>' : ''}</p>
<div class="scroll" tabindex="0" role="region" aria-label="members"><table>
<thead><tr><th class="name">member</th><th>runs</th><th>failed</th><th class="name">state</th></tr></thead>
<tbody>${members.map(row).join('')}</tbody>
</table></div>`;
  const goingOn = members.some((member) => member.done + member.failed < member.runs);
  const head = goingOn ? `<meta http-equiv="refresh" content="${REFRESH}">\n` : '';
  return shell(name, main, { script: null, head });
}

const total = (members: readonly MemberProgress[], count: 'runs' | 'done'): number =>
  members.reduce((sum, member) => sum + member[count], 0);

function row({ name, runs, done, failed }: MemberProgress): string {
  const cells = [
    `<td class="name"><a href="${e(encodeURIComponent(name))}/">${e(name)}</a></td>`,
    `<td>${done} of ${runs}</td>`,
    `<td>${failed}</td>`,
    `<td class="name">${stateOf(done + failed, runs)}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function stateOf(ended: number, runs: number): string {
  if (ended === 0) return 'not begun';
  return ended < runs ? 'partly done' : 'done';
}
