import { fixture } from './fixture.js';
import { judgingCalled } from './judged.js';
import type { Report } from '../../reports/report/model.js';

/**
 * What data may contain: markup, scripts, terminal escapes, direction marks, Markdown, entities, formulas,
 * line separators.
 */
export const HOSTILE =
  '=cmd|\' /C calc\'!A0 </script><script>ran=1</script><img src=x onerror="ran=1"> " onload="ran=1" ' +
  '`code` [link](javascript:ran=1) **bold** &lt;b&gt; &#x202e; $\{ran=1} \u001b[31mred\u001b[0m ' +
  '\u202eleft\u2066 \u061c\u0007\u2028 http://example.org | cell';
/** Control characters but tab and line end, and marks of direction. */
export const CONTROLS = /(?![\t\n\r])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** The fixture with hostile text wherever text can come from data. */
export const hostile = (): Report => ({
  ...fixture({ families: [HOSTILE, '+1', '-1[x](y)', '@<b>"|'], name: HOSTILE, text: HOSTILE }),
  judging: judgingCalled(HOSTILE),
});
