import { NOT_WHOLE } from '../report/damages.js';
import { escapeHtml } from '../report/escape.js';

/** What is not as it was written, above all else; nothing where all is. */
export const damaged = (damages: readonly string[]): string =>
  damages.length === 0
    ? ''
    : `<section class="damaged" role="alert"><h2>${NOT_WHOLE}</h2>
<ul>${damages.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul></section>`;
