/* Keeps htmx inside the strict content policy: no inline expression is ever run, HTML passes through one named
   policy only, a page that failed to load never enters the browser's history, and a failure is said aloud. */
(() => {
'use strict';
const AWAY = 'The portal does not answer just now. Nothing you typed is lost. Wait a moment, then try again.';
function tell(text) {
  const bar = document.getElementById('net');
  if (!bar || (!text && bar.textContent !== AWAY)) return; // what the bar says about saving is not ours to take back
  bar.hidden = !text;
  bar.textContent = text;
}
htmx.registerExtension('portal-harden', {
  init(api) {
    const policy = window.trustedTypes
      ? trustedTypes.createPolicy('htmx', { createHTML: html => html, createScript: () => '' })
      : null;
    // htmx 4 builds its expressions from these two constructors; without them every path to eval is closed.
    const refuse = function () { throw new Error('Inline expressions are not allowed on this site'); };
    api.initSecurity(policy, function () { refuse(); }, function () { refuse(); });
  },
  htmx_before_response(element, { ctx }) {
    if (ctx.response.status >= 400) ctx.push = ctx.replace = 'false';
    const asked = !ctx.request.headers['X-Background']; // what the page asks for by itself may fail in silence
    if (asked) tell(ctx.response.status >= 500 ? AWAY : '');
  },
});
// no answer at all: the network, or the server, is away
document.addEventListener('htmx:error', e => { if (e.detail?.ctx && !e.detail.ctx.request?.headers?.['X-Background']) tell(AWAY); });
})();
