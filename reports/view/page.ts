import { SCRIPT } from './script/script.js';
import { policyFor, shell } from './shell.js';

export const PAGE_POLICY = policyFor(SCRIPT);

/** The live page: empty places that the script fills with text from the server. */
export const viewPage = (name: string): string => shell(name, MAIN, { script: SCRIPT });

const COLUMNS = ['run', 'seed', 'state', 'step', 'loss', 'gold reward', 'proxy', 'KL, nats'];

const AXES = `<label>vertical <select id="y"></select></label> <label>along <select id="x"></select></label>`;
const SHOW = `<button type="button" id="all">all</button> <button type="button" id="none">none</button>`;
const FILTER = `<input id="filter" type="search" placeholder="label, seed or state">`;
const NO_SCRIPT = `This page draws itself with its own script, which is switched off here.`;

const MAIN = `<p class="lede" id="description"></p>
<p class="meta">
<span id="link" role="status">connecting</span>
<a href="report" id="report" hidden>the report</a>
</p>
<noscript><p class="alarm">${NO_SCRIPT} <a href="report">The report</a> needs none.</p></noscript>
<div class="bar" id="bar" role="img"></div>
<p class="meta" id="counts"></p>
<div class="tabs" role="tablist" aria-label="views" id="tabs"></div>
<section id="curves" role="tabpanel" aria-labelledby="tab-curves" hidden>
<div class="controls">${AXES} <span>show ${SHOW}</span></div>
<div class="keys" id="keys" role="group" aria-label="algorithms shown"></div>
<figure><div id="chart"></div><figcaption id="reading"></figcaption></figure>
</section>
<section id="runs" role="tabpanel" aria-labelledby="tab-runs" hidden>
<div class="controls"><label>filter ${FILTER}</label> <span class="hint" id="shown"></span></div>
<div class="scroll" tabindex="0" role="region" aria-label="runs"><table>
<thead><tr>${COLUMNS.map((name) => `<th>${name}</th>`).join('')}</tr></thead>
<tbody id="rows"></tbody>
</table></div>
</section>
<section id="failures" role="tabpanel" aria-labelledby="tab-failures" hidden>
<div id="causes"></div>
</section>
<section id="open" hidden></section>`;
