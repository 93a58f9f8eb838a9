import { fixture } from './fixture.js';
import type { Report } from '../../reports/model.js';

/** What data may contain: markup, scripts, terminal escapes, direction marks, Markdown, entities, formulas, line separators. */
export const HOSTILE = '=cmd|\' /C calc\'!A0 </script><script>ran=1</script><img src=x onerror="ran=1"> " onload="ran=1" `code` [link](javascript:ran=1) **bold** &lt;b&gt; &#x202e; ${ran=1} \u001b[31mred\u001b[0m \u202eleft\u2066 \u061c\u0007\u2028 http://example.org | cell';
export const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/; // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there

/** The fixture with hostile text wherever text can come from data. */
export const hostile = (): Report => fixture({ families: [HOSTILE, '+1', '-1[x](y)', '@sum|a'], name: HOSTILE, text: HOSTILE });
